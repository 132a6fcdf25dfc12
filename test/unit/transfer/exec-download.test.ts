import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { expect } from 'chai';
import { checkStaged } from '../../../src/cassandra/staged-files.ts';
import { connectKubernetes } from '../../../src/kubernetes/client.ts';
import type { DownloadItem } from '../../../src/transfer/download-archive.ts';
import { downloadByExec, type ExecDownloadOptions } from '../../../src/transfer/exec-download.ts';
import { createPartPool } from '../../../src/transfer/part-pool.ts';
import { type BarePods, startBarePods } from '../../support/embedded/bare-pods.ts';
import { rejection } from '../../support/error-code.ts';
import { withFaults } from '../../support/faulty-store.ts';
import { openMemoryStore } from '../../support/memory-store.ts';
import { recordLog } from '../../support/recording-log.ts';
import { type RestoreNode, restoreNode } from '../../support/restore-node.ts';

const sizes = [0, 10, 3_000_000, 70_000, 1];

describe('Download by exec', function () {
  this.timeout(30_000);
  let pods: BarePods;
  let node: RestoreNode;
  let directory: string;
  let items: DownloadItem[];
  let staged: string[];
  let bytes: number;

  beforeEach(async () => {
    pods = await startBarePods(1);
    node = restoreNode(pods);
    directory = node.staging('users')[0] ?? '';
    mkdirSync(join(node.journal, 'sums'), { recursive: true });
    [staged, bytes] = [[], 0];
    const owner = {
      uid: process.getuid?.() ?? 0,
      gid: process.getgid?.() ?? 0,
      mode: 0o644,
      mtimeSeconds: 1,
    };
    items = sizes.map((sizeBytes, index) => ({
      key: `key-${index}`,
      sizeBytes,
      crc32: crc32(contents(index)),
      about: `file ${index}`,
      path: join(directory, `nb-${index}-big-Data.db`),
      ...owner,
    }));
  });
  afterEach(async () => {
    const unhit = pods.kubernetes.faults.unhit();
    await pods.stop();
    expect(unhit).to.deep.equal([]);
  });

  const contents = (index: number): Buffer => Buffer.alloc(sizes[index] ?? 0, index + 1);
  async function storeWithAll() {
    const store = openMemoryStore();
    for (const [index, { key }] of items.entries()) await store.put(key, contents(index));
    return store;
  }
  async function download(more: Partial<ExecDownloadOptions> = {}): Promise<void> {
    const signal = new AbortController().signal;
    await downloadByExec(items, {
      exec: connectKubernetes({ kubeconfig: pods.kubeconfigFile }).exec,
      pod: node.pod,
      store: await storeWithAll(),
      pool: createPartPool(1_000_000, 100_000),
      partBytes: 100_000,
      bytesPerSecond: 0,
      parallel: 3,
      retries: 3,
      stallMs: 2_000,
      limitMs: 20_000,
      sumsPrefix: (attempt) => join(node.journal, 'sums', `${attempt}-`),
      check: (sums) => checkStaged(node.tools, node.pod, { sums, roots: node.roots }, signal),
      signal,
      log: recordLog(),
      onBytes: (count) => {
        bytes += count;
      },
      onStaged: ({ path }) => staged.push(path),
      ...more,
    });
  }
  function expectAllThere(): void {
    for (const [index, { path }] of items.entries())
      expect(readFileSync(path)).to.deep.equal(contents(index));
    expect(staged.toSorted()).to.deep.equal(items.map(({ path }) => path).toSorted());
    expect(bytes).to.equal(sizes.reduce((sum, size) => sum + size, 0));
  }

  it('brings every file, and lists of their SHA-256 beside them', async () => {
    await download();

    expectAllThere();
    expect(readdirSync(join(node.journal, 'sums'))).to.deep.equal(['1-1.sha256']);
  });

  for (const kind of ['cut', 'close-without-status', 'freeze'] as const) {
    it(`takes a stream up again after the fault "${kind}"`, async () => {
      pods.kubernetes.faults.add({
        match: ({ command }) => command[2]?.includes('--extract') === true,
        kind,
      });

      await download();

      expectAllThere();
    });
  }

  it('takes a stream up again when an object is cut', async () => {
    const store = withFaults(await storeWithAll(), [
      { method: 'get', keyMatches: /key-2/, error: 'truncate' },
    ]);

    await download({ store });

    expectAllThere();
    store.assertAllHit();
  });

  it('brings again what lies on the disk with other bytes', async () => {
    let checks = 0;
    const check: ExecDownloadOptions['check'] = async (sums) => {
      if (checks++ === 0) writeFileSync(items[3]?.path ?? '', 'altered');
      return await checkStaged(
        node.tools,
        node.pod,
        { sums, roots: node.roots },
        new AbortController().signal,
      );
    };

    await download({ check });

    expect(checks).to.equal(2);
    expectAllThere();
  });

  it('refuses an object that was altered, after it looked twice', async () => {
    const store = await storeWithAll();
    await store.put('key-2', Buffer.alloc(sizes[2] ?? 0, 99));

    const error = await rejection(download({ store }), 'CAIN_CHECKSUM_MISMATCH');

    expect(error.message).to.contain('file 2').and.contain('key-2');
    expect(store.requests.GetObject).to.be.at.least(4);
    expect(staged).not.to.include(items[2]?.path);
  });

  it('says what tar says, and does not try again where that is of no use', async () => {
    items = items.map((item) => ({ ...item, path: item.path.replace(directory, '/proc/none') }));

    const error = await rejection(download({ retries: 1 }), 'CAIN_EXEC_FAILED');

    expect(error.message).to.match(/Staging files in cassandra-0 failed with exit code 2: .*tar: /s);
    expect(existsSync('/proc/none')).to.equal(false);
  });

  it('leaves nothing running after an abort', async () => {
    const controller = new AbortController();
    const store = withFaults(await storeWithAll(), [{ method: 'get', keyMatches: /key-2/, error: 'stall' }]);
    const running = download({ store, signal: controller.signal });
    setTimeout(() => controller.abort(new Error('stop')), 300);

    await running.then(
      () => expect.fail('it resolved'),
      (error) => expect(error.message).to.equal('stop'),
    );
  });
});
