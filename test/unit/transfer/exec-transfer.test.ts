import { mkdirSync, rmSync, statSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { expect } from 'chai';
import { CainError } from '../../../src/errors.ts';
import { connectKubernetes } from '../../../src/kubernetes/client.ts';
import type { SnapshotFile } from '../../../src/store/inventory.ts';
import type { Store } from '../../../src/store/store.ts';
import { type ExecTransferOptions, transferByExec } from '../../../src/transfer/exec-transfer.ts';
import { createPartPool, type PartPool } from '../../../src/transfer/part-pool.ts';
import type { TransferItem } from '../../../src/transfer/upload-options.ts';
import { type BarePods, startBarePods } from '../../support/embedded/bare-pods.ts';
import type { ExecFaultKind } from '../../support/embedded/faults.ts';
import { waitUntil } from '../../support/embedded/wait-until.ts';
import { rejection } from '../../support/error-code.ts';
import { type FaultyStore, type StoreFault, withFaults } from '../../support/faulty-store.ts';
import { type MemoryStore, openMemoryStore } from '../../support/memory-store.ts';
import { type RecordingLog, recordLog } from '../../support/recording-log.ts';

const never = new AbortController().signal;
const partBytes = 64 * 1024;
const passing = new CainError('CAIN_STORE', 'Injected: busy', { retryable: true });

describe('transferByExec', () => {
  let pods: BarePods;
  let bucket: MemoryStore;
  let faulty: FaultyStore | undefined;
  let pool: PartPool;
  let log: RecordingLog;
  let stored: string[];
  let bytesRead: number;

  before(async () => {
    pods = await startBarePods(1);
  });
  after(() => pods?.stop());
  beforeEach(() => {
    bucket = openMemoryStore();
    faulty = undefined;
    pool = createPartPool(8 * partBytes, partBytes);
    log = recordLog();
    stored = [];
    bytesRead = 0;
  });
  afterEach(async () => {
    const { faults } = pods.kubernetes;
    expect(faults.unhit(), 'exec faults that nothing hit').to.deep.equal([]);
    faults.clear();
    faulty?.assertAllHit();
    expect(pool.usedBytes, 'buffers that were never given back').to.equal(0);
    const pending: string[] = [];
    for await (const { key } of bucket.listUploads('')) pending.push(key);
    expect(pending, 'unfinished uploads').to.deep.equal([]);
  });

  /** Content that differs in each file and place. */
  function contentOf(name: string, size: number): Buffer {
    const bytes = Buffer.alloc(size, `${name}|`);
    for (let at = 0; at + 4 <= size; at += 509) bytes.writeUInt32LE(at, at);
    return bytes;
  }
  function item(name: string, size: number, changes: Partial<SnapshotFile> = {}): TransferItem {
    const path = join(pods.dir, 'data', name);
    mkdirSync(dirname(path), { recursive: true });
    const bytes = contentOf(name, size);
    writeFileSync(path, bytes);
    const file: SnapshotFile = {
      keyspace: 'shop',
      table: 'users',
      tableId: '0'.repeat(32),
      dataDirectory: '/data',
      file: name,
      sizeBytes: size,
      mtime: '1.000000000',
      inode: '1',
      ...(name.endsWith('-Data.db') ? { digest: crc32(bytes) } : {}),
      ...changes,
    };
    return { file, path, key: `shop/${name}` };
  }
  /** Of all kinds of sizes: empty, one part, just one part, several. */
  function someItems(): TransferItem[] {
    const sizes = [0, 1, 511, 512, 513, partBytes - 1, partBytes, partBytes + 1, 5 * partBytes, 333_333];
    return sizes.map((size, index) => item(`nb-${index}-big-Data.db`, size));
  }
  function options(changes: Partial<ExecTransferOptions> = {}, faults: readonly StoreFault[] = []) {
    faulty = withFaults(bucket, faults);
    const { exec } = connectKubernetes({ kubeconfig: pods.kubeconfigFile });
    return {
      exec,
      pod: { namespace: 'cassandra', name: 'cassandra-0', container: 'cassandra', uid: 'u', isReady: true },
      store: faulty as Store,
      pool,
      parts: { smallestBytes: partBytes, mostParts: 10_000 },
      parallel: 3,
      bytesPerSecond: 0,
      retries: 3,
      stallMs: 1_000,
      limitMs: 20_000,
      signal: never,
      log,
      onBytes: (bytes: number) => {
        bytesRead += bytes;
      },
      onStored: ({ key }: TransferItem) => void stored.push(key),
      ...changes,
    } satisfies ExecTransferOptions;
  }
  function isFaultHit(): boolean {
    try {
      faulty?.assertAllHit();
      return true;
    } catch {
      return false;
    }
  }
  function expectAllStored(items: readonly TransferItem[]): void {
    expect(stored.toSorted()).to.deep.equal(items.map(({ key }) => key).toSorted());
    expect([...bucket.objects.keys()].toSorted()).to.deep.equal(items.map(({ key }) => key).toSorted());
    for (const { key, file } of items) {
      const found = bucket.objects.get(key)?.bytes;
      expect(found?.equals(contentOf(file.file, file.sizeBytes)), key).to.equal(true);
    }
    expect(bytesRead).to.equal(items.reduce((sum, { file }) => sum + file.sizeBytes, 0));
  }

  it('stores files of every size in one exec, each once', async () => {
    const items = someItems();
    const callsBefore = pods.kubernetes.exec.calls.length;

    await transferByExec(items, options());

    expectAllStored(items);
    expect(pods.kubernetes.exec.calls.length - callsBefore).to.equal(1);
    expect(log.messages('warn')).to.deep.equal([]);
  });

  it('needs no exec for nothing', async () => {
    const callsBefore = pods.kubernetes.exec.calls.length;

    await transferByExec([], options());

    expect(pods.kubernetes.exec.calls.length).to.equal(callsBefore);
  });

  it('takes names with spaces, quotes, "+", non-ASCII letters and more than 100 bytes', async () => {
    const names = [
      "a b's",
      'SAI+aa+idx+TermsData.db',
      'grüße',
      `${'x'.repeat(120)}/${'y'.repeat(120)}.db`,
      '-rf',
    ];
    const items = names.map((name) => item(name, 100));

    await transferByExec(items, options());

    expectAllStored(items);
  });

  for (const { kind, afterBytes } of [
    { kind: 'cut', afterBytes: 0 },
    { kind: 'cut', afterBytes: 400_000 },
    { kind: 'close-without-status', afterBytes: 400_000 },
    { kind: 'close-without-status', afterBytes: Infinity },
    { kind: 'truncate-with-success', afterBytes: 100 },
    { kind: 'truncate-with-success', afterBytes: 700_000 },
    { kind: 'stall', afterBytes: 500_000 },
    { kind: 'freeze', afterBytes: 500_000 },
  ] as ReadonlyArray<{ kind: ExecFaultKind; afterBytes: number }>) {
    it(`takes a stream up again that ends as "${kind}" after ${afterBytes} bytes`, async () => {
      const items = someItems();
      pods.kubernetes.faults.add({ match: () => true, kind, afterBytes });

      await transferByExec(items, options({ stallMs: 2_000 }));

      expectAllStored(items);
      expect(log.messages('warn')).to.deep.equal(['Transfer broke off and is taken up again']);
    });
  }

  it('reads no file again that was stored', async () => {
    const items = someItems();
    const total = items.reduce((sum, { file }) => sum + file.sizeBytes, 0);
    pods.kubernetes.faults.add({ match: () => true, kind: 'cut', afterBytes: 800_000 });

    await transferByExec(items, options());

    expectAllStored(items);
    const [first, second] = pods.kubernetes.exec.calls.slice(-2);
    expect(first?.stdoutBytes).to.equal(800_000);
    expect(second?.stdoutBytes).to.be.lessThan(total);
  });

  it('gives up after so many attempts without progress, and starts counting anew after progress', async () => {
    const items = someItems();
    pods.kubernetes.faults.add({ match: () => true, kind: 'cut', afterBytes: 700_000 });
    pods.kubernetes.faults.add({ match: () => true, kind: 'cut', afterBytes: 100, times: 2 });

    const error = await rejection(transferByExec(items, options({ retries: 2 })), 'CAIN_EXEC_CUT');

    expect(error.message).to.contain('cassandra-0');
    expect(log.messages('warn')).to.have.length(2);
  });

  it('waits for a pod that restarts, however few retries it has', async () => {
    const items = someItems();
    const [pod] = pods.kubernetes.pods;
    if (!pod) throw new Error('there is no pod');
    const { calls } = pods.kubernetes.exec;
    const callsBefore = calls.length;
    pods.kubernetes.faults.add({ match: () => true, kind: 'cut', afterBytes: 700_000 });
    const transferring = transferByExec(items, options({ retries: 1 }));
    await waitUntil(() => (calls[callsBefore]?.stdoutBytes ?? 0) > 0);

    pod.isRemoved = true;
    setTimeout(() => {
      pod.isRemoved = false;
    }, 1_700);
    await transferring;

    expectAllStored(items);
    expect(log.messages('warn').length).to.be.at.least(3);
  });

  it('does not wait where no retries are wanted', async () => {
    const [pod] = pods.kubernetes.pods;
    if (!pod) throw new Error('there is no pod');
    pod.isRemoved = true;

    const error = await rejection(transferByExec(someItems(), options({ retries: 0 })), 'CAIN_EXEC_REFUSED');

    pod.isRemoved = false;
    expect(error.message).to.contain('404');
  });

  it('fails with what was refused, without another try', async () => {
    pods.kubernetes.faults.add({ match: () => true, kind: 'forbidden' });

    await rejection(transferByExec(someItems(), options()), 'CAIN_KUBERNETES_ACCESS');

    expect(log.messages('warn')).to.deep.equal([]);
  });

  for (const [method, size] of [
    ['put', 100],
    ['uploadPart', 3 * partBytes],
    ['beginUpload', 3 * partBytes],
    ['complete', 3 * partBytes],
  ] as const) {
    it(`reads the file again whose ${method} failed`, async () => {
      const items = [item('other', 10), item('this', size)];

      await transferByExec(items, options({}, [{ method, keyMatches: /this/, error: passing }]));

      expectAllStored(items);
    });
  }

  for (const [method, size] of [
    ['put', 100],
    ['complete', 3 * partBytes],
  ] as const) {
    it(`knows its own object again when the answer to a ${method} was lost`, async () => {
      const items = [item('this', size)];

      await transferByExec(items, options({}, [{ method, error: 'lose-answer' }]));

      expectAllStored(items);
    });
  }

  it('reads a Data.db whose digest is wrong once more, and then calls it damaged', async () => {
    const sound = item('nb-1-big-Data.db', 200_000);
    const damaged = item('nb-2-big-Data.db', 100_000, { digest: 1 });
    const callsBefore = pods.kubernetes.exec.calls.length;

    const error = await rejection(
      transferByExec([sound, damaged], options({ retries: 20 })),
      'CAIN_DIGEST_MISMATCH',
    );

    expect(error.message).to.contain('nb-2-big-Data.db').and.contain('cassandra-0');
    expect(pods.kubernetes.exec.calls.length - callsBefore).to.equal(2);
    expect([...bucket.objects.keys()]).to.not.contain(damaged.key);
  });

  it('reads a damaged file twice at most, whatever comes between', async () => {
    const { calls } = pods.kubernetes.exec;
    const callsBefore = calls.length;
    pods.kubernetes.faults.add({ match: () => calls.length === callsBefore + 1, kind: 'cut', afterBytes: 0 });
    const damaged = item('nb-1-big-Data.db', 1_000, { digest: 1 });

    await rejection(transferByExec([damaged], options({ retries: 9 })), 'CAIN_DIGEST_MISMATCH');

    expect(calls.length - callsBefore).to.equal(3);
  });

  it('fails with the name of a file that is gone', async () => {
    const items = [item('there', 2_000), item('gone', 1_000)];
    unlinkSync(items[1]?.path ?? '');

    const error = await transferByExec(items, options({ retries: 0 })).catch((caught: unknown) => caught);

    expect(error).to.be.instanceOf(CainError).with.property('message').that.contains('gone');
    expect([...bucket.objects.keys()]).to.not.contain('shop/gone');
  });

  it('fails with the name of a file that has another size than it was listed with', async () => {
    const items = [item('grown', 1_000)];
    writeFileSync(items[0]?.path ?? '', Buffer.alloc(1_001));

    const error = await rejection(transferByExec(items, options({ retries: 0 })), 'CAIN_TRANSFER_SHORT');

    expect(error.message).to.contain('grown').and.contain('1001').and.contain('1000');
    expect([...bucket.objects.keys()]).to.deep.equal([]);
  });

  it('does not believe the zeros with which tar fills up a file that became shorter while it was read', async () => {
    const size = 24 * 1024 * 1024;
    const big = item('nb-1-big-Index.db', size);
    const held = await pool.acquire(8 * partBytes, never);
    const { calls } = pods.kubernetes.exec;
    const callsBefore = calls.length;
    const transferring = transferByExec([big], options({ retries: 5 })).catch((error: unknown) => error);
    await waitUntil(() => (calls[callsBefore]?.stdoutBytes ?? 0) > 0);

    truncateSync(big.path, 1024);
    pool.release(held);
    const error = await transferring;

    expect(statSync(big.path).size).to.equal(1024);
    expect(error).to.be.instanceOf(CainError).with.property('code', 'CAIN_TRANSFER_SHORT');
    expect((error as CainError).message).to.contain('nb-1-big-Index.db');
    expect(calls.length - callsBefore, 'no other attempt').to.equal(1);
  });

  describe('of files without a digest', () => {
    const wordless = { match: () => true, kind: 'close-without-status', afterBytes: Infinity } as const;
    let unreadable: TransferItem;
    let sound: Buffer;

    beforeEach(() => {
      unreadable = item('nb-1-big-Index.db', 10_000);
      sound = Buffer.alloc(10_000, 'sound');
      writeFileSync(unreadable.path, sound);
    });
    afterEach(() => rmSync(tarFile(), { force: true }));

    function tarFile(): string {
      return join(pods.dir, 'cassandra-0', 'bin', 'tar');
    }
    /** A tar that can't read the unreadable file: it makes up the bytes, says so, goes on and ends with 2. */
    function failReads(times = Infinity): void {
      const name = unreadable.path.slice(1);
      const script = `#!/bin/sh
names=$(mktemp)
cat > "$names"
real() { PATH=/usr/bin:/bin tar "$@" < "$names"; }
if grep -aq '${name}' "$names"; then
  ${times === 1 ? 'rm "$0"' : ':'}
  real "$@" | sed 's/sound/\\x00\\x00\\x00\\x00\\x00/g'
  echo 'tar: ${name}: Read error at byte 0, while reading 10240 bytes: Input/output error' >&2
  echo 'tar: Exiting with failure status due to previous errors' >&2
  rc=2
else
  real "$@"
  rc=$?
fi
rm "$names"
exit "$rc"
`;
      writeFileSync(tarFile(), script, { mode: 0o755 });
    }

    it('fails, and counts none as stored, when tar made up the bytes of one that its disk does not give', async () => {
      failReads();
      const items = [item('nb-1-big-Data.db', 20_000), unreadable, item('nb-1-big-Filter.db', 100)];
      const callsBefore = pods.kubernetes.exec.calls.length;

      const error = await rejection(transferByExec(items, options({ retries: 20 })), 'CAIN_FILE_UNREADABLE');

      expect(error.message).to.contain('cassandra-0').and.contain(unreadable.path.slice(1));
      expect(error.message).to.contain('Input/output error');
      expect(stored).to.deep.equal(['shop/nb-1-big-Data.db']);
      expect(bytesRead).to.equal(20_000);
      expect(pods.kubernetes.exec.calls.length - callsBefore, 'read once more').to.equal(2);
    });

    it('calls a Data.db damaged whose bytes tar made up', async () => {
      failReads();
      const damaged = { ...unreadable, file: { ...unreadable.file, digest: crc32(sound) } };

      await rejection(transferByExec([damaged], options({ retries: 20 })), 'CAIN_DIGEST_MISMATCH');

      expect([...bucket.objects.keys()]).to.deep.equal([]);
    });

    it('fails when one has other bytes than were stored, once its disk gives them', async () => {
      failReads(1);

      const error = await rejection(
        transferByExec([unreadable], options({ retries: 20 })),
        'CAIN_FILE_UNREADABLE',
      );

      for (const part of ['cassandra-0', 'shop', 'users', 'nb-1-big-Index.db'])
        expect(error.message).to.contain(part);
      expect(stored).to.deep.equal([]);
      expect(bucket.objects.get(unreadable.key)?.bytes.equals(sound), 'overwritten').to.equal(false);
    });

    it('does not believe bytes that tar made up when its word was lost', async () => {
      failReads(1);
      pods.kubernetes.faults.add(wordless);

      await rejection(transferByExec([unreadable], options()), 'CAIN_FILE_UNREADABLE');

      expect(stored).to.deep.equal([]);
    });

    it('reads them again, but sends none again, when their stream ended without a word from tar', async () => {
      const items = ['-a', "it's", 'c', 'nb-1-big-Data.db'].map((name, index) => item(name, index * 1000));
      pods.kubernetes.faults.add(wordless);
      const { calls } = pods.kubernetes.exec;
      const callsBefore = calls.length;

      await transferByExec(items, options());

      expectAllStored(items);
      expect(bucket.requests.PutObject).to.equal(items.length);
      const [first, second, ...more] = calls.slice(callsBefore);
      expect(Number(second?.command.at(-1)), 'less to read').to.be.lessThan(Number(first?.command.at(-1)));
      expect(more.length, 'carries the other half').to.equal(1);
    });

    it('counts them only once their stream has ended well', async () => {
      const items = [item('nb-1-big-Index.db', 2_000), item('nb-1-big-Data.db', 1_000)];
      const storedBefore: string[][] = [];
      const watching: Store = {
        ...bucket,
        put: async (...args) => {
          const answer = await bucket.put(...args);
          storedBefore.push([...stored]);
          return answer;
        },
      };

      await transferByExec(items, options({ store: watching, parallel: 1 }));

      expect(storedBefore).to.deep.equal([[], []]);
      expect(stored).to.deep.equal(['shop/nb-1-big-Data.db', 'shop/nb-1-big-Index.db']);
    });

    it('comes to an end though no stream lasts long enough for all of them', async () => {
      const items = Array.from({ length: 10 }, (_, index) => item(`f-${index}`, 100_000));
      const { faults, exec } = pods.kubernetes;
      // The list of files ends each path with one byte, less the "/" that it begins with.
      const isLong = ({ command }: { command: readonly string[] }) =>
        Number(command.at(-1)) > 5 * (items[0]?.path.length ?? 0);
      faults.add({ match: isLong, kind: 'cut', afterBytes: 550_000, times: 2 });
      const callsBefore = exec.calls.length;

      await transferByExec(items, options({ retries: 1 }));

      expectAllStored(items);
      const streams = exec.calls.slice(callsBefore).map(({ stdoutBytes }) => stdoutBytes);
      expect(Math.max(...streams)).to.equal(550_000);
    });
  });

  it('reads no faster than it may', async () => {
    const startedAt = performance.now();

    await transferByExec([item('slow', 100_000)], options({ bytesPerSecond: 200_000 }));

    expect(performance.now() - startedAt).to.be.greaterThan(400);
  });

  it('ends with the reason of the signal and leaves nothing behind, wherever it is', async () => {
    const reason = new Error('stop');
    const items = someItems();
    for (const method of ['put', 'uploadPart', 'beginUpload'] as const) {
      const controller = new AbortController();
      const transferring = transferByExec(
        items,
        options({ signal: controller.signal }, [{ method, error: 'stall' }]),
      ).catch((error: unknown) => error);
      await waitUntil(isFaultHit);
      controller.abort(reason);

      expect(await transferring).to.equal(reason);
      expect(pool.usedBytes).to.equal(0);
      bucket.objects.clear();
      bytesRead = 0;
    }
  });

  it('holds the stream back while the pool is empty, and takes that for no stall', async () => {
    const items = someItems();
    const held = await pool.acquire(8 * partBytes, never);
    const transferring = transferByExec(items, options({ stallMs: 1_500 }));

    await new Promise((resolve) => setTimeout(resolve, 4_000));
    expect(stored).to.deep.equal([]);
    pool.release(held);
    await transferring;

    expectAllStored(items);
    expect(log.messages('warn')).to.deep.equal([]);
  });

  it('takes slow uploads of the last files for no stall', async () => {
    const items = Array.from({ length: 6 }, (_, index) => item(`small-${index}`, 100));
    const slow: Store = {
      ...bucket,
      put: async (...args) => {
        await new Promise((resolve) => setTimeout(resolve, 500));
        return await bucket.put(...args);
      },
    };

    await transferByExec(items, options({ store: slow, stallMs: 1_500, parallel: 1 }));

    expectAllStored(items);
    expect(log.messages('warn')).to.deep.equal([]);
  });

  it('begins no upload any more when it is stopped while a file waits for its turn', async () => {
    const items = [item('first', 200), item('second', 100)];
    const controller = new AbortController();
    const reason = new Error('stop');
    const stalled = [{ method: 'put', keyMatches: /first/, error: 'stall' }] as const;
    const transferring = transferByExec(
      items,
      options({ signal: controller.signal, parallel: 1 }, stalled),
    ).catch((error: unknown) => error);
    await waitUntil(() => bytesRead === 200);

    controller.abort(reason);

    expect(await transferring).to.equal(reason);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(bucket.requests.PutObject ?? 0).to.equal(0);
    expect(bytesRead).to.equal(0);
  });

  it('keeps what was being stored when the stream is cut while a file waits for its turn', async () => {
    const items = [item('first-Data.db', 2_000), item('second-Data.db', 1_000)];
    const slow: Store = {
      ...bucket,
      put: async (...args) => {
        await new Promise((resolve) => setTimeout(resolve, 150));
        return await bucket.put(...args);
      },
    };
    const { calls } = pods.kubernetes.exec;
    pods.kubernetes.faults.add({ match: () => true, kind: 'cut', afterBytes: 4_096 });

    await transferByExec(items, options({ store: slow, parallel: 1 }));

    expectAllStored(items);
    const [first, second] = calls.slice(-2);
    expect(second?.command.at(-1), 'less to read').to.not.equal(first?.command.at(-1));
  });

  it('has never more files in flight than it may', async () => {
    const items = Array.from({ length: 12 }, (_, index) => item(`f-${index}`, 100));
    let running = 0;
    let most = 0;
    const counting: Store = {
      ...bucket,
      put: async (...args) => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 5));
        running--;
        return await bucket.put(...args);
      },
    };

    await transferByExec(items, options({ store: counting, parallel: 3 }));

    expectAllStored(items);
    expect(most).to.equal(3);
  });
});
