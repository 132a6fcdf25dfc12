import { expect } from 'chai';
import fc from 'fast-check';
import { cqlTokens } from '../../../src/cassandra/cql-tokens.ts';
import { CainError } from '../../../src/errors.ts';
import { readSchemaFiles } from '../../support/cassandra-samples.ts';

const kindsOf = (text: string): string[] =>
  [...cqlTokens(text)]
    .filter(({ kind }) => kind !== 'blank')
    .map(({ kind, text: part }) => `${kind} ${part}`);

describe('cqlTokens', () => {
  it('tells words, names, strings and symbols apart', () => {
    expect(kindsOf(`CREATE "a""b;" 'it''s;' $$x;'$$ -1.5`)).to.deep.equal([
      'word CREATE',
      'quoted-name "a""b;"',
      `string 'it''s;'`,
      `string $$x;'$$`,
      'symbol -',
      'word 1',
      'symbol .',
      'word 5',
    ]);
  });

  it('takes all three kinds of comment as blank', () => {
    expect(kindsOf(`a -- ' ; \nb // " ;\r\nc /* $$ ' ; \n /* */ d`)).to.deep.equal([
      'word a',
      'word b',
      'word c',
      'word d',
    ]);
  });

  it('knows strings that are empty and quotes that follow each other', () => {
    expect(kindsOf(`''''''"x"$$$$`)).to.deep.equal([`string ''''''`, 'quoted-name "x"', 'string $$$$']);
  });

  for (const text of ["a 'b", "a 'b''", 'a "b', 'a $$b$', 'a /* b *']) {
    it(`refuses ${text}, which has no end`, () => {
      expect(() => [...cqlTokens(text)])
        .to.throw(CainError, / has an unknown form/)
        .with.property('code', 'CAIN_OUTPUT_UNREADABLE');
    });
  }

  it('leaves nothing out', () => {
    const texts = fc.stringMatching(/^[a;'"$ \n/*-]{0,40}$/);
    fc.assert(
      fc.property(texts, (text) => {
        let joined = '';
        try {
          for (const token of cqlTokens(text)) joined += token.text;
        } catch {
          expect(text.startsWith(joined)).to.equal(true);
          return;
        }

        expect(joined).to.equal(text);
      }),
    );
  });

  it('is not slowed down by long strings', () => {
    const schema = [...readSchemaFiles('5.0.9').values()].join('\n').replaceAll('$$', '');
    const text = `CREATE FUNCTION f AS $$${schema.repeat(200)}$$ '${"x''".repeat(300_000)}'`;

    expect(kindsOf(text)).to.have.length(6);
  });
});
