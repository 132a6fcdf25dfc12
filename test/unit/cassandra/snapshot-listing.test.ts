import { expect } from 'chai';
import { parseListing } from '../../../src/cassandra/snapshot-listing.ts';
import { CainError } from '../../../src/errors.ts';

const id = '0123456789abcdef0123456789abcdef';

function listing(): string[] {
  return [
    `D\t/data1\t/data1/shop/users-${id}/snapshots/cain-1`,
    'F\tregular file\t100\t11\t1795376120.573774934\tnb-1-big-Data.db',
    'F\tregular file\t10\t12\t1795376120.573774935\tnb-1-big-Digest.crc32',
    'F\tregular empty file\t0\t13\t1795376120.573774936\tnb-1-big-SAI+aa+GroupMeta.db',
    'F\tregular file\t50\t14\t1795376120.573774937\tmanifest.json',
    'F\tregular file\t60\t15\t1795376120.573774938\tschema.cql',
    'G',
    'nb-1-big-Digest.crc32:4294967295',
    'manifest.json:{"files":["nb-1-big-Data.db",".idx/nb-1-big-Data.db"],"created_at":"x"}',
    'schema.cql:CREATE TABLE a (',
    "schema.cql:) WITH comment = 'F\tD: E';",
    '',
    'H',
    'L',
    `D\t/data2\t/data2/shop/users-${id}/snapshots/cain-1`,
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

  it('refuses a file line that is damaged', () => {
    const lines = listing();
    lines[1] = 'F\tregular file\t1x0\t11\t1795376120.573774934\tnb-1-big-Data.db';

    expect(() => parseListing(lines.join('\n'), 'pod-1')).to.throw(CainError, '1x0');
  });

  it('keeps the case of names', () => {
    const { tables } = parseListing(`D\t/d\t/d/Shop/My_Table-${id}/snapshots/cain-1\nE\t1\n`, 'pod-1');

    expect(tables[0]).to.include({ keyspace: 'Shop', table: 'My_Table' });
  });

  it('takes nothing of a pod that would lead elsewhere as part of a key', () => {
    for (const path of [`../x-${id}`, `shop/..-${id}`, `shop/a b-${id}`, `/x-${id}`, `shop/x-${id}\u001b`]) {
      const text = `D\t/d\t/d/${path}/snapshots/cain-1\nE\t1\n`;

      expect(() => parseListing(text, 'pod-1'), path).to.throw(CainError, 'pod-1');
    }
    for (const file of ['..', '.', '../../x', '/etc/passwd']) {
      const text = `D\t/d\t/d/shop/x-${id}/snapshots/cain-1\nF\tregular file\t1\t1\t1.000000000\t${file}\nE\t1\n`;

      expect(() => parseListing(text, 'pod-1'), file).to.throw(CainError, 'pod-1');
    }
  });

  it('knows a table without a manifest from one whose manifest names nothing', () => {
    const without = parseListing(`D\t/d\t/d/shop/users-${id}/snapshots/cain-1\nE\t1\n`, 'pod-1');
    const lines = [
      `D\t/d\t/d/shop/users-${id}/snapshots/cain-1`,
      'G',
      'manifest.json:{"files":[]}',
      '',
      'H',
      'E\t1',
      '',
    ];
    const empty = parseListing(lines.join('\n'), 'pod-1');

    expect(without.tables[0]).to.not.have.property('manifestFiles');
    expect(empty.tables[0]?.manifestFiles).to.deep.equal([]);
  });

  for (const manifest of ['{"files":', '{}', '[]', '{"files":[1]}']) {
    it(`refuses a manifest that is not one: ${manifest}`, () => {
      const lines = listing().map((line) =>
        line.startsWith('manifest.json:') ? `manifest.json:${manifest}` : line,
      );

      expect(() => parseListing(lines.join('\n'), 'pod-1'))
        .to.throw(CainError, 'manifest.json')
        .with.property('code', 'CAIN_OUTPUT_UNREADABLE');
    });
  }

  it('merges the manifests of several data directories', () => {
    const second = [
      `D\t/data2\t/data2/shop/users-${id}/snapshots/cain-1`,
      'G',
      'manifest.json:{"files":["nb-2-big-Data.db"]}',
      '',
      'H',
      'E\t2',
      '',
    ];
    const { tables } = parseListing([...listing().slice(0, -3), ...second].join('\n'), 'pod-1');

    expect(tables[0]?.manifestFiles).to.deep.equal(['nb-1-big-Data.db', 'nb-2-big-Data.db']);
  });
});
