import { expect } from 'chai';
import { diffLines, tableLines, typeLines } from '../../../../src/commands/restore/schema-diff.ts';

const column = (name: string, type: string, kind = 'regular', position = -1) => ({
  name,
  type,
  kind,
  position,
});

describe('diff of schemas', () => {
  it('writes a table as CQL does, its keys in their order', () => {
    const columns = [
      column('b', 'int', 'partition_key', 1),
      column('a', 'text', 'partition_key', 0),
      column('at', 'timestamp', 'clustering', 0),
      column('leader', 'text', 'static'),
    ];
    const creation = 'CREATE TABLE ks.t (a text) WITH CLUSTERING ORDER BY (at DESC)';

    expect(tableLines(columns, creation)).to.deep.equal([
      'a text',
      'at timestamp',
      'b int',
      'leader text static',
      'PRIMARY KEY ((a, b), at)',
      'CLUSTERING ORDER BY (at DESC)',
    ]);
  });

  it('says nothing of what is the same', () => {
    expect(diffLines('ks.t', ['a int', 'b text'], ['b text', 'a int'])).to.deep.equal([]);
  });

  it('puts what changed side by side, and what is gone before the key', () => {
    const backup = ['a int', 'gone text', 'name text', 'PRIMARY KEY ((a))'];
    const cluster = ['a int', 'name int', 'new text', 'PRIMARY KEY ((a))'];

    expect(diffLines('ks.t', backup, cluster)).to.deep.equal([
      '--- ks.t in the backup',
      '+++ ks.t in the cluster',
      '  a int',
      '- name text',
      '+ name int',
      '+ new text',
      '- gone text',
      '  PRIMARY KEY ((a))',
    ]);
  });

  it('writes the fields of a type', () => {
    expect(typeLines('CREATE TYPE ks.place (street text, city frozen<list<text>>)')).to.deep.equal([
      'street text',
      'city frozen<list<text>>',
    ]);
  });
});
