import { expect } from 'chai';
import { parseListing } from '../../../src/cassandra/snapshot-listing.ts';
import { CainError } from '../../../src/errors.ts';

const id = '0123456789abcdef0123456789abcdef';
const users = `shop/users-${id}`;

function file(
  name: string,
  { table = users, size = '100', type = 'regular file', inode = '11' } = {},
): string {
  return ['F', type, size, inode, '1795376120.573774934', `${table}/snapshots/cain-1/${name}`].join('\t');
}

function listing(): string[] {
  return [
    'B\t/data1',
    `D\t${users}`,
    'L',
    file('nb-1-big-Data.db'),
    file('nb-1-big-Digest.crc32', { inode: '12' }),
    file('nb-1-big-SAI+aa+GroupMeta.db', { type: 'regular empty file', size: '0', inode: '13' }),
    file('manifest.json', { inode: '14' }),
    file('schema.cql', { inode: '15' }),
    'G',
    '1:4294967295',
    '1:{"files":["nb-1-big-Data.db",".idx/nb-1-big-Data.db"],"created_at":"x"}',
    '1:CREATE TABLE a (',
    "2:) WITH comment = 'F\tD: E';",
    'H',
    'B\t/data2',
    `D\t${users}`,
    'E\t2',
    '',
  ];
}

describe('parseListing', () => {
  it('merges the data directories of a table, with digests, manifest and schema text', () => {
    const { tables, hasLiveData } = parseListing(listing().join('\n'), 'pod-1');

    expect(hasLiveData).to.equal(true);
    expect(tables).to.have.length(1);
    const [table] = tables;
    expect(table).to.include({ keyspace: 'shop', table: 'users', tableId: id });
    expect(table?.files.map(({ file, sizeBytes }) => [file, sizeBytes])).to.deep.include([
      'nb-1-big-SAI+aa+GroupMeta.db',
      0,
    ]);
    expect(table?.files.find(({ file }) => file === 'nb-1-big-Data.db')).to.deep.include({
      digest: 4294967295,
      inode: '11',
      mtime: '1795376120.573774934',
      dataDirectory: '/data1',
    });
    expect(table?.manifestFiles).to.deep.equal(['nb-1-big-Data.db']);
    expect(table?.schemaText).to.equal("CREATE TABLE a (\n) WITH comment = 'F\tD: E';\n");
  });

  it('refuses a listing that is cut anywhere', () => {
    const lines = listing();
    for (let end = 0; end < lines.length - 2; end++) {
      expect(() => parseListing(lines.slice(0, end).join('\n'), 'pod-1'), `${end} lines`)
        .to.throw(CainError)
        .with.property('code', 'CAIN_OUTPUT_UNREADABLE');
    }
  });

  it('gives the texts of many tables to the files that they are of, empty ones none', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => `shop/${name}-${id}`);
    const names = ['nb-1-big-Data.db', 'nb-1-big-Digest.crc32', 'manifest.json', 'schema.cql'];
    const lines = [
      'B\t/d',
      ...[a, b, c].map((table) => `D\t${table}`),
      ...[a, b, c].flatMap((table) =>
        names.map((name) =>
          file(name, {
            table: table ?? '',
            size: table === b && name.startsWith('nb-1-big-Dig') ? '0' : '9',
          }),
        ),
      ),
      'G',
      ...['1:1', '1:3', '1:{"files":[]}', '1:{"files":["x"]}', '1:{"files":[]}'],
      ...['1:A', '2:', '3:A', '1:B', '1:C', 'H', 'E\t3', ''],
    ];

    const { tables } = parseListing(lines.join('\n'), 'pod-1');

    expect(tables.map(({ schemaText }) => schemaText)).to.deep.equal(['A\n\nA\n', 'B\n', 'C\n']);
    expect(tables.map(({ files: [data] }) => data?.digest)).to.deep.equal([1, undefined, 3]);
    expect(tables.map(({ manifestFiles }) => manifestFiles)).to.deep.equal([[], ['x'], []]);
  });

  it('refuses a listing in which a text is missing, or out of order', () => {
    for (const [index, line] of [
      [9, undefined],
      [12, undefined],
      [11, undefined],
      [12, '3:)'],
      [9, '2:4294967295'],
    ] as const) {
      const lines = listing().toSpliced(index, 1, ...(line === undefined ? [] : [line]));
      const reads = () => parseListing(lines.join('\n'), 'pod-1');

      if (index === 12 && line === undefined)
        expect(reads().tables[0]?.schemaText).to.equal('CREATE TABLE a (\n');
      else
        expect(reads, `${index} ${line}`).to.throw(CainError).with.property('code', 'CAIN_OUTPUT_UNREADABLE');
    }
  });

  it('refuses a file line that is damaged', () => {
    const lines = listing();
    lines[3] = file('nb-1-big-Data.db', { size: '1x0' });

    expect(() => parseListing(lines.join('\n'), 'pod-1')).to.throw(CainError, '1x0');
  });

  it('keeps the case of names', () => {
    const { tables } = parseListing(`B\t/d\nD\tShop/My_Table-${id}\nE\t1\n`, 'pod-1');

    expect(tables[0]).to.include({ keyspace: 'Shop', table: 'My_Table' });
  });

  it('takes nothing of a pod that would lead elsewhere as part of a key', () => {
    for (const path of [`../x-${id}`, `shop/..-${id}`, `shop/a b-${id}`, `/x-${id}`, `shop/x-${id}\u001b`]) {
      const text = `B\t/d\nD\t${path}\nE\t1\n`;

      expect(() => parseListing(text, 'pod-1'), path).to.throw(CainError, 'pod-1');
    }
    for (const name of ['..', '.', '../../x', '/etc/passwd', '']) {
      const text = ['B\t/d', `D\t${users}`, file(name), 'E\t1', ''].join('\n');

      expect(() => parseListing(text, 'pod-1'), name).to.throw(CainError, 'pod-1');
    }
    const ofOther = ['B\t/d', `D\t${users}`, file('nb-1-big-Data.db', { table: `shop/x-${id}` }), 'E\t1', ''];
    expect(() => parseListing(ofOther.join('\n'), 'pod-1')).to.throw(CainError, `shop/x-${id}`);
  });

  it('knows a table without a manifest from one whose manifest names nothing', () => {
    const without = parseListing(`B\t/d\nD\t${users}\nE\t1\n`, 'pod-1');
    const lines = ['B\t/d', `D\t${users}`, file('manifest.json'), 'G', '1:{"files":[]}', 'H', 'E\t1', ''];
    const empty = parseListing(lines.join('\n'), 'pod-1');

    expect(without.tables[0]).to.not.have.property('manifestFiles');
    expect(empty.tables[0]?.manifestFiles).to.deep.equal([]);
  });

  for (const manifest of ['{"files":', '{}', '[]', '{"files":[1]}']) {
    it(`refuses a manifest that is not one: ${manifest}`, () => {
      const lines = listing().map((line) => (line.startsWith('1:{"files"') ? `1:${manifest}` : line));

      expect(() => parseListing(lines.join('\n'), 'pod-1'))
        .to.throw(CainError, 'manifest.json')
        .with.property('code', 'CAIN_OUTPUT_UNREADABLE');
    });
  }

  it('merges the manifests of several data directories', () => {
    const second = [
      'B\t/data2',
      `D\t${users}`,
      file('manifest.json'),
      'G',
      '1:{"files":["nb-2-big-Data.db"]}',
      'H',
      'E\t2',
      '',
    ];
    const { tables } = parseListing([...listing().slice(0, -4), ...second].join('\n'), 'pod-1');

    expect(tables[0]?.manifestFiles).to.deep.equal(['nb-1-big-Data.db', 'nb-2-big-Data.db']);
  });
});
