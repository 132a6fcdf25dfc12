import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import {
  putDifferentialMarks,
  putRunRecord,
  putSchemaRecords,
  putSchemaTexts,
  putTopology,
  removeDifferentialMarks,
} from '../../../../src/commands/backup/records.ts';
import { tableKey } from '../../../../src/commands/backup/table-key.ts';
import type { ClusterState, ReadState } from '../../../../src/commands/backup/take-snapshots.ts';
import { CainError } from '../../../../src/errors.ts';
import { readJsonLines } from '../../../../src/store/json-lines.ts';
import { differentialMarkKey, runKey, schemaTextKey } from '../../../../src/store/layout.ts';
import { parseRunRecord } from '../../../../src/store/run-record.ts';
import { parseSchemaRecord } from '../../../../src/store/schema-records.ts';
import { backupRun } from '../../../support/backup-run.ts';
import { rejection } from '../../../support/error-code.ts';
import { withFaults } from '../../../support/faulty-store.ts';
import { failingRead, lastingFailures } from '../../../support/lasting-failures.ts';
import { type MemoryStore, openMemoryStore } from '../../../support/memory-store.ts';
import { ringNode } from '../../../support/rings.ts';

const tag = '20260101000000';
const id = '01234567-89ab-cdef-0123-456789abcdef';
const state: ClusterState & ReadState = {
  fingerprint: 'f',
  skewMs: 0,
  ring: { nodes: [ringNode('host-of-pod-0', 'dc1/r1', [1, 2])], statuses: [], schemaVersions: [] },
  keyspaces: [
    {
      name: 'shop',
      replication: {},
      tables: [
        {
          keyspace: 'shop',
          name: 'users',
          id,
          kind: 'table',
          columns: [{ name: 'id', kind: 'partition_key', position: 0, type: 'int' }],
        },
      ],
    },
  ],
  descriptions: [{ keyspace: 'shop', text: Buffer.from('CREATE KEYSPACE shop'), sum: 'abcdef' }],
};

describe('The records of a backup', () => {
  let bucket: MemoryStore;
  beforeEach(() => {
    bucket = openMemoryStore();
  });
  const run = (store = bucket as Parameters<typeof backupRun>[0]['store']) =>
    backupRun({ store, nodes: { 'pod-0': ['/data'] } });

  describe('the schema text', () => {
    it('lies under its sum, and the same text may come again', async () => {
      await putSchemaTexts(run(), state.descriptions);
      await putSchemaTexts(run(), state.descriptions);

      expect(bucket.objects.get(schemaTextKey('shop', 'abcdef'))?.bytes.toString()).to.equal(
        'CREATE KEYSPACE shop',
      );
    });

    it('of another schema with the same sum is an error, and never overwrites', async () => {
      await bucket.put(schemaTextKey('shop', 'abcdef'), Buffer.from('other'));

      await rejection(putSchemaTexts(run(), state.descriptions), 'CAIN_SUM_COLLISION');

      expect(bucket.objects.get(schemaTextKey('shop', 'abcdef'))?.bytes.toString()).to.equal('other');
    });
  });

  for (const failure of lastingFailures) {
    it(`bear a schema text of an earlier backup that is ${failure.title}: only the original needs it`, async () => {
      const key = schemaTextKey('shop', 'abcdef');
      await putSchemaTexts(run(), state.descriptions);
      const store = withFaults(bucket, [failingRead(failure, key)]);
      const next = run(store);

      await putSchemaTexts(next, state.descriptions);

      store.assertAllHit();
      expect(next.log.lines.map(({ level, fields }) => [level, fields.key])).to.deep.equal([['warn', key]]);
    });
  }

  describe('a schema text of megabytes', () => {
    const text = Buffer.alloc(2_000_000, 'CREATE TABLE ');
    const descriptions = [{ keyspace: 'shop', text, sum: 'abcdef' }];

    it('that is there is not sent again: a server may close the connection on it before it tells why', async () => {
      await putSchemaTexts(run(), descriptions);
      const closed = new CainError('CAIN_STORE', "Can't put an object: write ECONNRESET");

      await putSchemaTexts(run(withFaults(bucket, [{ method: 'put', error: closed }])), descriptions);
    });

    it('of another schema with the same sum is an error, too', async () => {
      await bucket.put(schemaTextKey('shop', 'abcdef'), Buffer.from('other'));

      await rejection(putSchemaTexts(run(), descriptions), 'CAIN_SUM_COLLISION');
    });
  });

  describe('the run record', () => {
    it('is put once, and replaced only by the run that put it', async () => {
      const put = await putRunRecord(run(), state, undefined);
      const changed = {
        ...state,
        descriptions: [{ keyspace: 'shop', text: Buffer.from(''), sum: '123456' }],
      };
      await putRunRecord(run(), changed, put);

      const record = parseRunRecord(bucket.objects.get(runKey(tag))?.bytes ?? Buffer.alloc(0), 'run');
      expect(record.keyspaces).to.deep.equal([{ name: 'shop', sum: '123456' }]);
      expect(record.nodes).to.deep.equal([{ pod: 'pod-0', hostId: 'host-of-pod-0' }]);
      await rejection(putRunRecord(run(), state, undefined), 'CAIN_STORE_EXISTS');
      await rejection(putRunRecord(run(), state, put), 'CAIN_STORE_CHANGED');
    });
  });

  describe('the differential marks', () => {
    const key = differentialMarkKey({ keyspace: 'shop', sum: 'abcdef', tag });

    it('come and go', async () => {
      await putDifferentialMarks(run(), state.descriptions);
      expect(bucket.objects.has(key)).to.equal(true);

      await removeDifferentialMarks(run(), state.descriptions);
      expect(bucket.objects.has(key)).to.equal(false);
    });

    it('that the store would not delete are told, not passed over', async () => {
      bucket = openMemoryStore({ refusesDeletion: () => 'locked until 2030' });
      await putDifferentialMarks(run(), state.descriptions);

      const error = await rejection(removeDifferentialMarks(run(), state.descriptions), 'CAIN_STORE');

      expect(error.message).to.contain(key).and.contain('locked until 2030');
    });
  });

  it('name the topology by the SHA-256 of what is stored', async () => {
    const { key, sha256, sizeBytes } = await putTopology(run(), state);

    const bytes = bucket.objects.get(key)?.bytes ?? Buffer.alloc(0);
    expect(createHash('sha256').update(bytes).digest('hex')).to.equal(sha256);
    expect(bytes.length).to.equal(sizeBytes);
    expect(JSON.parse(gunzipSync(bytes).toString()).nodes[0]).to.include({ hostId: 'host-of-pod-0' });
  });

  describe('the schema records', () => {
    it("hold each keyspace's description and each table's own text", async () => {
      const texts = new Map([[tableKey('shop', id), 'CREATE TABLE users']]);

      const { key, sha256 } = await putSchemaRecords(run(), state, texts);

      const records = [];
      for await (const value of readJsonLines(bucket, key, { sha256 }))
        records.push(parseSchemaRecord(value, key));
      expect(records.map((record) => record.kind)).to.deep.equal(['keyspace', 'table']);
      expect(records[0]).to.include({ description: 'CREATE KEYSPACE shop', sum: 'abcdef' });
      expect(records[1]).to.include({ id, schemaText: 'CREATE TABLE users' });
    });

    it("do without the text of Cassandra's own tables, whose snapshots hold none", async () => {
      const system: ClusterState = {
        ...state,
        keyspaces: state.keyspaces.map((keyspace) => ({
          ...keyspace,
          name: 'system_auth',
          tables: keyspace.tables.map((table) => ({ ...table, keyspace: 'system_auth' })),
        })),
        descriptions: state.descriptions.map((described) => ({ ...described, keyspace: 'system_auth' })),
      };

      const { key } = await putSchemaRecords(run(), system, new Map());

      const records = [];
      for await (const value of readJsonLines(bucket, key)) records.push(parseSchemaRecord(value, key));
      expect(records[1]).to.include({ kind: 'table', keyspace: 'system_auth', schemaText: '' });
    });

    it('are refused, and nothing is stored, where a table has no text', async () => {
      const error = await rejection(putSchemaRecords(run(), state, new Map()), 'CAIN_SNAPSHOT_INCOMPLETE');

      expect(error.message).to.contain('shop.users');
      expect([...bucket.objects.keys()]).to.deep.equal([]);
    });
  });

  it('fail with what the store fails with', async () => {
    const busy = new Error('busy');
    const store = withFaults(bucket, [{ method: 'put', error: busy }]);

    expect(await putRunRecord(run(store), state, undefined).catch((error: unknown) => error)).to.equal(busy);
    store.assertAllHit();
  });
});
