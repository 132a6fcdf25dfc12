import { mkdirSync, rmSync, symlinkSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { expect } from 'chai';
import { CainError } from '../../../src/errors.ts';
import { connectKubernetes } from '../../../src/kubernetes/client.ts';
import type { SnapshotFile } from '../../../src/store/inventory.ts';
import type { Store } from '../../../src/store/store.ts';
import { type DirectUploadOptions, uploadDirectly } from '../../../src/transfer/direct-upload.ts';
import type { TransferItem } from '../../../src/transfer/upload-options.ts';
import { agentProcesses } from '../../support/agent-processes.ts';
import { type BarePods, startBarePods } from '../../support/embedded/bare-pods.ts';
import type { ExecFaultKind } from '../../support/embedded/faults.ts';
import { waitUntil } from '../../support/embedded/wait-until.ts';
import { rejection } from '../../support/error-code.ts';
import { type FaultyStore, type StoreFault, withFaults } from '../../support/faulty-store.ts';
import { type HttpFault, type MemoryHttp, startMemoryHttp } from '../../support/memory-http.ts';
import { type MemoryStore, openMemoryStore } from '../../support/memory-store.ts';
import { pythons } from '../../support/pythons.ts';
import { type RecordingLog, recordLog } from '../../support/recording-log.ts';

const never = new AbortController().signal;
const partBytes = 64 * 1024;
const oneThread = { threads: 1, retries: 2, timeout: 5, bytesPerSecond: 0 };

describe('uploadDirectly', function () {
  this.timeout(60_000);
  let pods: BarePods;
  let http: MemoryHttp;
  let bucket: MemoryStore;
  let faulty: FaultyStore;
  let log: RecordingLog;
  let stored: string[];
  let bytesSent: number;

  before(async () => {
    pods = await startBarePods(1);
  });
  after(() => pods?.stop());
  beforeEach(async () => {
    http = await startMemoryHttp();
    bucket = openMemoryStore({ signing: http });
    log = recordLog();
    stored = [];
    bytesSent = 0;
  });
  afterEach(async () => {
    await http.close();
    const unhit = pods.kubernetes.faults.unhit();
    pods.kubernetes.faults.clear();
    expect(unhit, 'exec faults that nothing hit').to.deep.equal([]);
    faulty.assertAllHit();
    const pending: string[] = [];
    for await (const { key } of bucket.listUploads('')) pending.push(key);
    expect(pending, 'unfinished uploads').to.deep.equal([]);
  });

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
    return { file, path, key: `shop/sum/tag/pod/users/${name}` };
  }
  /** Empty, one part, just one part, several, more than a piece and more than what is held. */
  function someItems(): TransferItem[] {
    const sizes = [0, 1, 513, partBytes - 1, partBytes, partBytes + 1, 5 * partBytes, 333_333, 3_000_001];
    return sizes.map((size, index) => item(`nb-${index}-big-Data.db`, size));
  }
  function options(changes: Partial<DirectUploadOptions> = {}, faults: readonly StoreFault[] = []) {
    faulty = withFaults(bucket, faults);
    const { exec } = connectKubernetes({ kubeconfig: pods.kubeconfigFile });
    return {
      exec,
      pod: { namespace: 'cassandra', name: 'cassandra-0', container: 'cassandra', uid: 'u', isReady: true },
      agent: { threads: 3, retries: 2, timeout: 5, bytesPerSecond: 0 },
      store: faulty as Store,
      parts: { smallestBytes: partBytes, mostParts: 10_000 },
      parallel: 3,
      retries: 3,
      stallMs: 2_000,
      limitMs: 60_000,
      signal: never,
      log,
      onBytes: (bytes: number) => {
        bytesSent += bytes;
      },
      onStored: ({ key }: TransferItem) => void stored.push(key),
      ...changes,
    } satisfies DirectUploadOptions;
  }
  function expectAllStored(items: readonly TransferItem[]): void {
    const keys = items.map(({ key }) => key).toSorted();
    expect(stored.toSorted()).to.deep.equal(keys);
    expect([...bucket.objects.keys()].toSorted()).to.deep.equal(keys);
    for (const { key, file } of items) {
      const found = bucket.objects.get(key)?.bytes;
      expect(found?.equals(contentOf(file.file, file.sizeBytes)), key).to.equal(true);
    }
    expect(bytesSent).to.equal(items.reduce((sum, { file }) => sum + file.sizeBytes, 0));
  }
  /** The first requests that fit get these faults; the test sees that all were hit. */
  function faultRequests(...faults: HttpFault[]): () => void {
    const queue = [...faults];
    http.nextFault = () => queue.shift();
    return () => expect(queue, 'HTTP faults that nothing hit').to.deep.equal([]);
  }

  it('stores files of every size over one exec that carries none of their bytes', async () => {
    const items = someItems();

    await uploadDirectly(items, options());

    expectAllStored(items);
    const call = pods.kubernetes.exec.calls.at(-1);
    expect(call?.stdoutBytes).to.be.lessThan(20_000);
    expect(log.messages('warn')).to.deep.equal([]);
    expect(bucket.requests.PutObject).to.equal(5);
  });

  it('does so with the oldest Python at hand', async () => {
    const [, oldest] = pythons();
    const link = join(pods.dir, 'cassandra-0', 'bin', 'python3');
    if (oldest !== undefined) symlinkSync(oldest, link);
    const items = someItems();

    await uploadDirectly(items, options());

    expectAllStored(items);
    rmSync(link, { force: true });
  });

  it('stores many small files in few lines', async () => {
    const items = Array.from({ length: 540 }, (_, index) => item(`many/${index}.db`, index % 700));

    await uploadDirectly(items, options());

    expectAllStored(items);
  });

  it('takes names with spaces, quotes, "+", line breaks and non-ASCII letters', async () => {
    const items = ["a b's", 'SAI+aa+idx+TermsData.db', 'grüße', 'two\nlines', '-rf'].map((name) =>
      item(name, 100),
    );

    await uploadDirectly(items, options());

    expectAllStored(items);
  });

  it('leaves no process and no file, and nothing secret in the process list', async () => {
    let listed: readonly string[] = [];
    http.nextFault = () => {
      if (listed.length === 0) listed = agentProcesses(pods.dir);
      return undefined;
    };

    await uploadDirectly(someItems(), options());

    expect(listed).not.to.deep.equal([]);
    expect(listed.join(' ')).not.to.match(/signed|http:|amz/i);
    expect(agentProcesses(pods.dir)).to.deep.equal([]);
  });

  for (const fault of ['slow-down', 'reset', 'lose-answer', 'expired'] as const) {
    it(`overcomes requests that end as "${fault}"`, async () => {
      const items = someItems();
      const check = faultRequests(fault, fault, fault);

      await uploadDirectly(items, options());

      check();
      expectAllStored(items);
    });
  }

  it('asks for a fresh URL when one has expired while it waited', async () => {
    const items = someItems();
    http.lifetimeSeconds = 0;
    const opened = options();
    setTimeout(() => {
      http.lifetimeSeconds = 900;
    }, 100);

    await uploadDirectly(items, opened);

    expectAllStored(items);
  });

  for (const { kind, afterBytes } of [
    { kind: 'cut', afterBytes: 0 },
    { kind: 'cut', afterBytes: 700 },
    { kind: 'close-without-status', afterBytes: 900 },
    { kind: 'close-without-status', afterBytes: Infinity },
    { kind: 'truncate-with-success', afterBytes: 500 },
    { kind: 'freeze', afterBytes: 600 },
  ] as ReadonlyArray<{ kind: ExecFaultKind; afterBytes: number }>) {
    it(`takes a session up again that ends as "${kind}" after ${afterBytes} bytes`, async () => {
      const items = someItems();
      pods.kubernetes.faults.add({ match: () => true, kind, afterBytes });

      await uploadDirectly(items, options());

      expectAllStored(items);
      expect(log.messages('warn')).to.deep.equal(
        afterBytes === Infinity ? log.messages('warn') : ['Transfer broke off and is taken up again'],
      );
    });
  }

  it('sends no part again that was stored before a cut', async () => {
    const items = [item('nb-1-big-Data.db', 16 * 4 * partBytes)];
    pods.kubernetes.faults.add({ match: () => true, kind: 'cut', afterBytes: 700 });

    await uploadDirectly(items, options());

    expectAllStored(items);
    expect(bucket.requests.CreateMultipartUpload).to.equal(1);
    expect(http.requests.length).to.be.lessThan(16 * 2);
  });

  it('reads a file with a wrong digest twice, then says that it is damaged', async () => {
    for (const size of [1000, 3 * partBytes]) {
      const items = [item('nb-9-big-Data.db', size, { digest: 1 })];

      await rejection(uploadDirectly(items, options()), 'CAIN_DIGEST_MISMATCH');

      expect(log.messages('warn')).to.contain('File is read again');
      expect(bucket.objects.size).to.equal(0);
      expect(bytesSent).to.equal(0);
      log = recordLog();
    }
  });

  it('names a file that is gone or became shorter, after a second try', async () => {
    const gone = item('gone', 1000);
    unlinkSync(gone.path);
    const short = item('short', 3 * partBytes);
    truncateSync(short.path, 1000);

    for (const one of [gone, short]) {
      const error = await rejection(uploadDirectly([one], options({ retries: 0 })), 'CAIN_TRANSFER_SHORT');

      expect(error.message).to.contain(one.path);
    }
  });

  it('says that the store refuses, with the server’s own words', async () => {
    http.nextFault = () => 'denied';

    await rejection(uploadDirectly([item('a', 10)], options()), 'CAIN_STORE_ACCESS');
  });

  it('ends when its signal fires, and leaves neither upload nor process', async () => {
    const controller = new AbortController();
    http.nextFault = () => {
      controller.abort(new CainError('CAIN_TERMINATED', 'told to stop'));
      return undefined;
    };

    await rejection(uploadDirectly(someItems(), options({ signal: controller.signal })), 'CAIN_TERMINATED');

    await waitUntil(() => agentProcesses(pods.dir).length === 0);
  });

  it('counts what was put before its signal fired, so that the next run can go on from there', async () => {
    const controller = new AbortController();
    let heard = 0;
    const onBytes = () => {
      if (++heard === 3) controller.abort(new CainError('CAIN_TERMINATED', 'told to stop'));
    };
    const items = Array.from({ length: 40 }, (_, index) => item(`nb-${index}-big-Data.db`, 1_000));
    const upload = uploadDirectly(
      items,
      options({ signal: controller.signal, onBytes, parallel: 1, agent: oneThread }),
    );

    await rejection(upload, 'CAIN_TERMINATED');

    expect(stored.length).to.be.at.least(2);
    expect([...bucket.objects.keys()]).to.include.members(stored);
  });

  it('survives that an upload can not be begun for a while, and reads no file again for it', async () => {
    const items = [item('nb-1-big-Data.db', 3 * partBytes)];
    const error = new CainError('CAIN_STORE', 'Injected', { retryable: true });
    const fault: StoreFault = { method: 'beginUpload', error, times: 3 };

    await uploadDirectly(items, options({ parallel: 1, agent: oneThread }, [fault]));

    expectAllStored(items);
    expect(log.messages('warn')).not.to.contain('File is read again');
  });

  it('sends no part again when the store could not complete an upload', async () => {
    const items = [item('nb-1-big-Data.db', 5 * partBytes)];
    const error = new CainError('CAIN_STORE', 'Injected', { retryable: true });

    await uploadDirectly(items, options({}, [{ method: 'complete', error }]));

    expectAllStored(items);
    expect(http.requests).to.have.length(5);
  });

  it('asks for a fresh URL when the credentials that signed one have expired', async () => {
    const items = someItems();
    const check = faultRequests('expired-token', 'expired-token');

    await uploadDirectly(items, options({ retries: 0 }));

    check();
    expectAllStored(items);
  });

  it('survives a completion that fails once', async () => {
    const items = [item('nb-1-big-Data.db', 3 * partBytes)];
    const fault: StoreFault = { method: 'complete', error: 'lose-answer' };

    await uploadDirectly(items, options({}, [fault]));

    expectAllStored(items);
  });
});
