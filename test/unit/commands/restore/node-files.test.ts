import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { type BackupTable, idsOf, readNodeFiles } from '../../../../src/commands/restore/node-files.ts';
import { type InventoryLine, inventoryRecord } from '../../../../src/store/inventory.ts';
import type { ManifestNode } from '../../../../src/store/manifest.ts';
import { openMemoryStore } from '../../../support/memory-store.ts';

const line: InventoryLine = {
  keyspace: 'shop',
  table: 'users',
  tableId: 'a'.repeat(32),
  dataDirectory: '/data',
  file: 'nb-1-big-Data.db',
  sizeBytes: 1,
  mtime: '1767225600.000000001',
  inode: '1',
  crc32: 1,
  object: { key: 'k', etag: 'e' },
};
const users: BackupTable = { original: 'shop.users', backupId: line.tableId, takesIndexFiles: true };

function stored(each: InventoryLine): InventoryLine {
  const key = `${each.keyspace}/abcdef/20260101000000/pod-0/${each.table}/${each.file}`;
  return { ...each, object: { key, etag: 'e' } };
}

async function filesTaken(table: BackupTable, lines: readonly InventoryLine[]): Promise<string[]> {
  const store = openMemoryStore();
  const bytes = gzipSync(lines.map((each) => `${JSON.stringify(inventoryRecord(stored(each)))}\n`).join(''));
  await store.put('inventory', bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const node = {
    files: lines.length,
    inventory: { key: 'inventory', sha256, sizeBytes: bytes.length },
  } as ManifestNode;
  const files: string[] = [];
  const read = readNodeFiles(store, node, idsOf([table]), AbortSignal.timeout(5_000));
  for await (const { file } of read) files.push(file);
  return files;
}

describe('files of a node', () => {
  const all = ['Data.db', 'SI_users_name.db', 'SAI+aa+users_idx+TermsData.db', 'TOC.txt'].map(
    (component) => ({
      ...line,
      file: `nb-1-big-${component}`,
    }),
  );

  it('are those of the table by name and id, components of SSTables alone', async () => {
    const others = [
      { ...line, table: 'orders' },
      { ...line, tableId: 'b'.repeat(32) },
      { ...line, file: 'manifest.json' },
    ];

    expect(await filesTaken(users, [...all, ...others])).to.deep.equal(all.map(({ file }) => file));
  });

  it('are without those of attached indexes where these have other names now', async () => {
    expect(await filesTaken({ ...users, takesIndexFiles: false }, all)).to.deep.equal([
      'nb-1-big-Data.db',
      'nb-1-big-TOC.txt',
    ]);
  });
});
