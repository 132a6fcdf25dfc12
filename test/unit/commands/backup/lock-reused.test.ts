import { expect } from 'chai';
import { lockReused } from '../../../../src/commands/backup/lock-reused.ts';
import type { NodeStorage } from '../../../../src/commands/backup/node-storage.ts';
import { CainError } from '../../../../src/errors.ts';
import type { InventoryLine } from '../../../../src/store/inventory.ts';
import type { ObjectLock } from '../../../../src/store/object-lock.ts';
import type { Store } from '../../../../src/store/store.ts';
import { backupRun } from '../../../support/backup-run.ts';
import { rejection } from '../../../support/error-code.ts';
import { withFaults } from '../../../support/faulty-store.ts';
import { openMemoryStore } from '../../../support/memory-store.ts';

const given: ObjectLock = { mode: 'COMPLIANCE', until: '2026-12-09T14:00:01Z' };
const locks = { lockOf: () => given };

function lineOf(number: number, lock?: ObjectLock): InventoryLine {
  const file = `nb-${number}-big-Index.db`;
  return {
    keyspace: 'shop',
    table: 'users',
    tableId: '0123456789abcdef0123456789abcdef',
    dataDirectory: '/data1',
    file,
    sizeBytes: 1,
    mtime: '1795376120.573774934',
    inode: String(number),
    crc32: 1,
    object: {
      key: `shop/abcdef/20260101000000/pod-0/users/${file}`,
      etag: '"e"',
      ...(lock === undefined ? {} : { lock }),
    },
  };
}

describe('lockReused', () => {
  const lines = [
    lineOf(1, { mode: 'COMPLIANCE', until: '2026-11-01T00:00:00Z' }),
    lineOf(2),
    lineOf(3, given),
  ];

  async function filled(store: Store): Promise<Store> {
    for (const { object } of lines) await store.put(object.key, Buffer.from('x'));
    return store;
  }
  function lock(store: Store) {
    const run = backupRun({ store, nodes: { 'pod-0': ['/data1'] } });
    const storage = { run, signal: run.signal } as unknown as NodeStorage;
    return { run, locked: lockReused(storage, 'pod-0', lines) };
  }

  it('does nothing where nothing is locked', async () => {
    const store = openMemoryStore();
    expect(await lock(store).locked).to.equal(lines);
    expect(store.requests).to.deep.equal({});
  });

  it('gives each line the lock that its object has then', async () => {
    const store = await filled(openMemoryStore({ locks }));

    const { run, locked } = lock(store);

    expect((await locked).map((line) => line?.object.lock)).to.deep.equal([given, given, given]);
    expect((await locked)[2]).to.equal(lines[2]);
    expect(run.log.lines.filter(({ message }) => message.includes('locked for longer'))).to.have.length(1);
  });

  it('has stored anew what can not be locked, and says so once', async () => {
    const denied = new CainError('CAIN_STORE_ACCESS', 'AccessDenied');
    const store = withFaults(await filled(openMemoryStore({ locks })), [
      { method: 'keepLocked', keyMatches: /nb-[12]-/, error: denied, times: 2 },
    ]);

    const { run, locked } = lock(store);

    expect((await locked).map((line) => line?.object.key)).to.deep.equal([
      undefined,
      undefined,
      lines[2]?.object.key,
    ]);
    const [warning, ...others] = run.log.lines.filter(({ level }) => level === 'warn');
    expect(warning?.fields).to.include({ pod: 'pod-0', objects: 2 });
    expect(others).to.deep.equal([]);
    store.assertAllHit();
  });

  it('fails when the store is in trouble', async () => {
    const trouble = new CainError('CAIN_STORE', '503', { retryable: true });
    const store = withFaults(await filled(openMemoryStore({ locks })), [
      { method: 'keepLocked', error: trouble },
    ]);

    await rejection(lock(store).locked, 'CAIN_STORE');
    store.assertAllHit();
  });
});
