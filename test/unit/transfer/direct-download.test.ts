import { existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { expect } from 'chai';
import { connectKubernetes } from '../../../src/kubernetes/client.ts';
import { type DirectDownloadOptions, downloadDirectly } from '../../../src/transfer/direct-download.ts';
import { downloadInSession } from '../../../src/transfer/direct-download-session.ts';
import type { DownloadItem } from '../../../src/transfer/download-archive.ts';
import { StagedFile } from '../../../src/transfer/staged-file.ts';
import { agentProcesses } from '../../support/agent-processes.ts';
import { type BarePods, startBarePods } from '../../support/embedded/bare-pods.ts';
import { rejection } from '../../support/error-code.ts';
import { type HttpFault, type MemoryHttp, startMemoryHttp } from '../../support/memory-http.ts';
import { type MemoryStore, openMemoryStore } from '../../support/memory-store.ts';
import { type RecordingLog, recordLog } from '../../support/recording-log.ts';
import { restoreNode } from '../../support/restore-node.ts';

const partBytes = 64 * 1024;
const sizes = [0, 10, 3_000_001, 70_000, 4 * partBytes, 4 * partBytes + 1, 1];

describe('downloadDirectly', function () {
  this.timeout(60_000);
  let pods: BarePods;
  let http: MemoryHttp;
  let bucket: MemoryStore;
  let log: RecordingLog;
  let items: DownloadItem[];
  let roots: readonly string[];
  let pod: DirectDownloadOptions['pod'];
  let staged: string[];
  let bytes: number;

  before(async () => {
    pods = await startBarePods(1);
  });
  after(() => pods?.stop());
  beforeEach(async () => {
    http = await startMemoryHttp();
    bucket = openMemoryStore({ signing: http });
    log = recordLog();
    const node = restoreNode(pods);
    ({ roots, pod } = node);
    const directory = node.staging('users')[0] ?? '';
    [staged, bytes] = [[], 0];
    items = sizes.map((sizeBytes, index) => ({
      key: `key-${index}`,
      sizeBytes,
      crc32: crc32(contents(index)),
      about: `file ${index}`,
      path: join(directory, `nb-${index}-${bucketCount}-Data.db`),
      uid: process.getuid?.() ?? 0,
      gid: process.getgid?.() ?? 0,
      mode: 0o640,
      mtimeSeconds: 1_700_000_000.5,
    }));
    bucketCount++;
    for (const [index, { key }] of items.entries()) await bucket.put(key, contents(index));
  });
  let bucketCount = 0;
  afterEach(async () => {
    await http.close();
    const unhit = pods.kubernetes.faults.unhit();
    pods.kubernetes.faults.clear();
    expect(unhit).to.deep.equal([]);
  });

  function contents(index: number): Buffer {
    const content = Buffer.alloc(sizes[index] ?? 0, index + 1);
    for (let at = 0; at + 4 <= content.length; at += 509) content.writeUInt32LE(at, at);
    return content;
  }
  async function download(more: Partial<DirectDownloadOptions> = {}): Promise<void> {
    await downloadDirectly(items, { ...options(), ...more });
  }
  function options(): DirectDownloadOptions {
    return {
      exec: connectKubernetes({ kubeconfig: pods.kubeconfigFile }).exec,
      pod,
      store: bucket,
      agent: { threads: 3, retries: 2, timeout: 5, bytesPerSecond: 0 },
      partBytes,
      retries: 3,
      stallMs: 2_000,
      limitMs: 60_000,
      roots,
      keepsStaged: false,
      signal: new AbortController().signal,
      log,
      onBytes: (count) => {
        bytes += count;
      },
      onStaged: ({ path }) => staged.push(path),
    };
  }
  function expectAllThere(): void {
    for (const [index, { path }] of items.entries())
      expect(readFileSync(path).equals(contents(index)), path).to.equal(true);
    expect(staged.toSorted()).to.deep.equal(items.map(({ path }) => path).toSorted());
    expect(bytes).to.equal(sizes.reduce((sum, size) => sum + size, 0));
  }
  function faultRequests(...faults: HttpFault[]): () => void {
    const queue = [...faults];
    http.nextFault = () => queue.shift();
    return () => expect(queue, 'HTTP faults that nothing hit').to.deep.equal([]);
  }

  it('stages files of every size, with owner, mode and time, large ones in ranges', async () => {
    await download();

    expectAllThere();
    for (const { path } of items) {
      const { mode, mtimeMs } = statSync(path);
      expect([mode & 0o777, mtimeMs]).to.deep.equal([0o640, 1_700_000_000_500]);
    }
    expect(http.requests.filter(({ range }) => range !== undefined)).to.have.length(12 + 2);
    expect(http.requests.filter(({ range }) => range === undefined)).to.have.length(sizes.length - 2);
    expect(log.messages('warn')).to.deep.equal([]);
  });

  for (const fault of ['slow-down', 'reset', 'lose-answer', 'expired', 'damage'] as const) {
    it(`overcomes answers that end as "${fault}"`, async () => {
      const check = faultRequests(fault, fault);

      await download();

      check();
      expectAllThere();
    });
  }

  for (const afterBytes of [0, 150, 250]) {
    it(`takes a session up again that is cut after ${afterBytes} bytes, and fetches only what is missing`, async () => {
      pods.kubernetes.faults.add({ match: () => true, kind: 'cut', afterBytes });

      await download();

      expectAllThere();
      expect(log.messages('warn')).to.deep.equal(['Staging broke off and is taken up again']);
    });
  }

  it('takes up a session that ends in its last sync, without fetching or reading anything again', async () => {
    const sync = join(pods.dir, 'cassandra-0', 'bin', 'sync');
    writeFileSync(sync, '#!/bin/sh\nrm -- "$0"\nkill -9 $PPID\n', { mode: 0o755 });

    await download();

    expect(existsSync(sync)).to.equal(false);
    expectAllThere();
    expect(http.requests).to.have.length(12 + 2 + sizes.length - 2);
    expect(log.messages('warn')).to.deep.equal(['Staging broke off and is taken up again']);
  });

  it('sums again what came before the machine or the container began anew', async () => {
    const [, small] = items as [DownloadItem, DownloadItem];
    const lost = new StagedFile(small, 4 * partBytes, false);
    lost.note(1, small.crc32 ?? 0);
    const history = { last: { host: 'another', pid: 1, startedAt: 1 } };

    const { error, hasProgress } = await downloadInSession([lost], { ...options(), history });

    expect([error, hasProgress]).to.deep.equal([undefined, true]);
    expect(readFileSync(small.path).equals(contents(1))).to.equal(true);
  });

  it('keeps what an earlier run staged, unless it is not the same to the bit', async () => {
    await download();
    const [, , large, damaged, longer, shorter] = items as [DownloadItem, ...DownloadItem[]] & DownloadItem[];
    const bytesOf = readFileSync((damaged as DownloadItem).path);
    bytesOf[500] = (bytesOf[500] ?? 0) ^ 1;
    writeFileSync((damaged as DownloadItem).path, bytesOf);
    writeFileSync((longer as DownloadItem).path, Buffer.alloc(5 * partBytes, 1));
    truncateSync((shorter as DownloadItem).path, 100);
    const before = http.requests.length;
    [staged, bytes] = [[], 0];

    await download({ keepsStaged: true });

    expectAllThere();
    expect(existsSync((large as DownloadItem).path)).to.equal(true);
    expect(http.requests.length - before).to.equal(1 + 1 + 2);
  });

  it('fetches wrong bytes once more, then says that the object is damaged', async () => {
    const [, small, large] = items;
    for (const item of [small, large] as DownloadItem[]) {
      await bucket.put(item.key, Buffer.alloc(item.sizeBytes, 'x'));
      const error = await rejection(download(), 'CAIN_CHECKSUM_MISMATCH');
      expect(error.message).to.contain(item.about);
      await bucket.put(item.key, contents(items.indexOf(item)));
    }
    expect(staged).to.deep.equal([]);
    expect(bytes).to.equal(0);
  });

  it('says that an object has another size', async () => {
    for (const [index, size] of [
      [1, 11],
      [1, 9],
      [2, 3_000_000],
      [2, 10],
    ] as const) {
      const item = items[index] as DownloadItem;
      await bucket.put(item.key, Buffer.alloc(size));
      const error = await rejection(download(), 'CAIN_CHECKSUM_MISMATCH');
      expect(error.message).to.contain(item.about);
      await bucket.put(item.key, contents(index));
    }
  });

  it('says that an object is gone, or that there is no room, without trying again', async () => {
    bucket.objects.delete('key-3');
    await rejection(download({ retries: 0 }), 'CAIN_STORE');
    const [first] = items as [DownloadItem];
    items = [{ ...first, path: '/proc/none/file' }];
    await rejection(download({ retries: 0 }), 'CAIN_EXEC_FAILED');
  });

  it('leaves no process', async () => {
    await download();

    expect(agentProcesses(pods.dir)).to.deep.equal([]);
  });
});
