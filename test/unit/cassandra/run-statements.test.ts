import { expect } from 'chai';
import { textsOf } from '../../../src/cassandra/run-statements.ts';
import { CainError } from '../../../src/errors.ts';

describe('statements for cqlsh', () => {
  it('are gathered into as few texts as an argument can hold', () => {
    const statement = `CREATE TABLE a (${'x'.repeat(40_000)})`;

    const texts = textsOf([statement, statement, statement]);

    expect(texts.map((text) => text.toString().split(';\n').length - 1)).to.deep.equal([2, 1]);
    for (const text of texts) expect(text.length).to.be.lessThan(128 * 1024);
  });

  it('are refused where a single one is too long', () => {
    expect(() => textsOf(['x'.repeat(100_000)])).to.throw(CainError);
  });
});
