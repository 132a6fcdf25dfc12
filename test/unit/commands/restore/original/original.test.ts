import { expect } from 'chai';
import { readNodeFiles } from '../../../../../src/commands/restore/node-files.ts';
import {
  checkWhole,
  chooseSums,
  listOriginal,
} from '../../../../../src/commands/restore/original/list-original.ts';
import {
  type OriginalBackup,
  originalRecords,
} from '../../../../../src/commands/restore/original/original-records.ts';
import { CainError } from '../../../../../src/errors.ts';
import { readCatalog } from '../../../../../src/store/catalog.ts';
import { readJsonLines } from '../../../../../src/store/json-lines.ts';
import { overlayStore } from '../../../../../src/store/overlay-store.ts';
import { parseSchemaRecord, type SchemaRecord } from '../../../../../src/store/schema-records.ts';
import { unknownCrc32 } from '../../../../../src/store/unknown-crc32.ts';
import { openMemoryStore } from '../../../../support/memory-store.ts';

const never = new AbortController().signal;
const tag = '20240102030405';
const id = '60adc090-e6a8-11f1-b5c1-211f21ffd7e7';
const description = `
CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': '1'}  AND durable_writes = true;

CREATE TABLE shop.users (
    id int PRIMARY KEY,
    name text
) WITH comment = '';

CREATE INDEX users_name ON shop.users (name);

CREATE MATERIALIZED VIEW shop.by_name AS
    SELECT id, name FROM shop.users
    WHERE name IS NOT NULL AND id IS NOT NULL
    PRIMARY KEY (name, id)
    WITH comment = '';
`;
const own = `CREATE TABLE IF NOT EXISTS shop.users (
    id int PRIMARY KEY,
    name text
) WITH ID = ${id}
    AND comment = '';
`;

function object(pod: string, table: string, file: string, sizeBytes = 10) {
  return { key: `shop/abcdef/${tag}/${pod}/${table}/${file}`, sizeBytes, etag: '"e"', pod, table, file };
}
const objects = [
  object('c-0', 'users', 'nb-1-big-Data.db'),
  object('c-0', 'users', 'nb-1-big-Digest.crc32'),
  object('c-0', 'users', '.users_name'),
  object('c-0', 'users', 'manifest.json'),
  object('c-0', 'by_name', 'manifest.json'),
];

function backup(more: Partial<OriginalBackup> = {}): OriginalBackup {
  return {
    tag,
    keyspaces: [{ keyspace: 'shop', sum: 'abcdef', schemaKey: 'shop/abcdef/schema.cql', objects }],
    descriptions: new Map([['shop', description]]),
    schemaTexts: new Map([['shop.users', own]]),
    digests: new Map([[`shop/abcdef/${tag}/c-0/users/nb-1-big-Digest.crc32`, 42]]),
    ring: new Map(),
    partitioner: 'Murmur3Partitioner',
    clusterName: 'Test Cluster',
    namespace: 'default',
    ...more,
  };
}

async function recordsOf(made: OriginalBackup) {
  const store = overlayStore(
    openMemoryStore(),
    originalRecords(made, () => '11111111-2222-3333-4444-555555555555'),
  );
  const { backups } = await readCatalog(store, never);
  const [manifest] = backups;
  if (!manifest) throw new Error('There is no manifest');
  const schema: SchemaRecord[] = [];
  for await (const value of readJsonLines(store, manifest.schema.key, {
    sha256: manifest.schema.sha256,
    signal: never,
  }))
    schema.push(parseSchemaRecord(value, 'schema'));
  return { store, manifest, schema };
}

describe("a backup of the original's", () => {
  it('gets the records that ours have', async () => {
    const { store, manifest, schema } = await recordsOf(backup());

    expect(manifest.keyspaces[0]?.replication).to.deep.equal({
      class: 'SimpleStrategy',
      replication_factor: '1',
    });
    expect(manifest.keyspaces[0]?.tables.map(({ name, kind }) => `${name} ${kind}`)).to.deep.equal([
      'users table',
      'by_name view',
    ]);
    expect(schema.map((record) => record.kind)).to.deep.equal(['keyspace', 'table', 'table']);
    const ids = new Map([
      ['shop.users', { original: 'shop.users', backupId: id.replaceAll('-', ''), takesIndexFiles: true }],
    ]);
    const [node] = manifest.nodes;
    if (!node) throw new Error('There is no node');
    const files = [];
    for await (const { file, crc32 } of readNodeFiles(store, node, ids, never)) files.push([file, crc32]);
    expect(files).to.deep.equal([
      ['nb-1-big-Data.db', 42],
      ['nb-1-big-Digest.crc32', unknownCrc32],
    ]);
  });

  it('gives a table an id where the snapshot told none, with its indexes', async () => {
    const { schema } = await recordsOf(backup({ schemaTexts: new Map() }));
    const users = schema.find((record) => record.kind === 'table' && record.table === 'users');

    expect(users).to.include({ id: '11111111-2222-3333-4444-555555555555' });
    expect(users?.kind === 'table' && users.schemaText).to.contain('CREATE INDEX users_name');
  });

  it('is refused where files belong to a table that its schema does not know', () => {
    const strange = [
      { keyspace: 'shop', sum: 'abcdef', schemaKey: '', objects: [object('c-0', 'other', 'manifest.json')] },
    ];

    expect(() => originalRecords(backup({ keyspaces: strange }), () => id)).to.throw(CainError, 'shop.other');
  });

  it('is whole as far as the manifests of the snapshots tell', () => {
    checkWhole('shop', objects);

    const partial = [...objects, object('c-1', 'users', 'manifest.json')];
    expect(() => checkWhole('shop', partial)).to.throw(CainError, 'shop.by_name of c-1');
    const hollow = [...objects, object('c-0', 'users', 'nb-2-big-Data.db', 0)];
    expect(() => checkWhole('shop', hollow)).to.throw(CainError, 'without a byte');
  });

  it('is chosen by its sum where there are several', () => {
    const two = [
      { name: 'shop', sum: 'aaaaaa' },
      { name: 'shop', sum: 'bbbbbb' },
    ];

    expect(chooseSums(two, { tag, sum: 'bbbbbb' })).to.deep.equal([two[1]]);
    expect(() => chooseSums(two, { tag, sum: undefined })).to.throw(CainError, 'shop/aaaaaa, shop/bbbbbb');
    expect(() => chooseSums(two, { tag, sum: 'cccccc' })).to.throw(CainError, 'no schema sum cccccc');
  });

  it('is not what an unfinished run of ours left', async () => {
    const store = openMemoryStore();
    for (const { key } of objects) await store.put(key, Buffer.from('x'));

    expect((await listOriginal(store, { tag, sum: undefined }, never))?.[0]?.objects).to.have.length(5);
    expect(await listOriginal(store, { tag: '20240102030406', sum: undefined }, never)).to.equal(undefined);

    await store.put(`shop/abcdef/${tag}/differential.json`, Buffer.from('{}'));
    const refused = await listOriginal(store, { tag, sum: undefined }, never).catch(
      (error: unknown) => error,
    );
    expect(refused).to.be.instanceOf(CainError).with.property('code', 'CAIN_NO_BACKUP');
  });
});
