import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { schemaSum } from '../../../src/cassandra/schema-sum.ts';
import { readSample } from '../../support/cassandra-samples.ts';

const warning =
  'Warning: Cannot create directory at `/home/cassandra/.cassandra`. Command history will not be saved.';

const sumOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 6);

describe('schemaSum', () => {
  const described = readSample('5.0.9/cqlsh-desc-keyspace').stdout;

  it('is over the exact bytes, blank lines and other warnings too', () => {
    const { text, sum } = schemaSum(Buffer.from(described));

    expect(sum)
      .to.equal(sumOf(described))
      .and.match(/^[0-9a-f]{6}$/);
    expect(Buffer.from(text).toString()).to.equal(described);
  });

  it('leaves out the warning about the home directory, but not the lines around it', () => {
    const { text, sum } = schemaSum(Buffer.from(`\n${warning}\n\n${described}`));

    expect(Buffer.from(text).toString()).to.equal(`\n\n\n${described}`);
    expect(sum).to.equal(sumOf(`\n\n\n${described}`));
  });

  it('leaves out its first occurrence only', () => {
    const { text } = schemaSum(Buffer.from(`${warning}\n${warning}\n`));

    expect(Buffer.from(text).toString()).to.equal(`\n${warning}\n`);
  });

  it('keeps the warning about another directory', () => {
    const other = warning.replace('/home/cassandra', '/root');

    expect(schemaSum(Buffer.from(other)).sum).to.equal(sumOf(other));
  });

  it('looks at no byte outside of the view that it is given', () => {
    const bytes = Buffer.from(`${warning}CREATE`);

    expect(schemaSum(bytes.subarray(warning.length)).sum).to.equal(sumOf('CREATE'));
  });

  it('gives the sum of a known text', () => {
    expect(schemaSum(Buffer.from('CREATE KEYSPACE ks1;\n')).sum).to.equal('8163a0');
  });
});
