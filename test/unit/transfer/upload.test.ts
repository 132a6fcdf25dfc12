import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { CainError } from '../../../src/errors.ts';
import { connectKubernetes } from '../../../src/kubernetes/client.ts';
import { createPartPool } from '../../../src/transfer/part-pool.ts';
import { type UploadFilesOptions, uploadFiles } from '../../../src/transfer/upload.ts';
import type { TransferItem } from '../../../src/transfer/upload-options.ts';
import { type BarePods, startBarePods } from '../../support/embedded/bare-pods.ts';
import { rejection } from '../../support/error-code.ts';
import { withFaults } from '../../support/faulty-store.ts';
import { type MemoryHttp, startMemoryHttp } from '../../support/memory-http.ts';
import { type MemoryStore, openMemoryStore } from '../../support/memory-store.ts';
import { type RecordingLog, recordLog } from '../../support/recording-log.ts';

const partBytes = 64 * 1024;

describe('uploadFiles', function () {
  this.timeout(60_000);
  let pods: BarePods;
  let http: MemoryHttp;
  let bucket: MemoryStore;
  let log: RecordingLog;
  let items: TransferItem[];
  let stored: string[];

  beforeEach(async () => {
    pods = await startBarePods(1);
    http = await startMemoryHttp();
    bucket = openMemoryStore({ signing: http });
    log = recordLog();
    stored = [];
    items = [100, 1000, 3 * partBytes].map(itemOf);
  });
  function itemOf(sizeBytes: number, index: number): TransferItem {
    const path = join(pods.dir, 'data', `f${index}`);
    mkdirSync(join(pods.dir, 'data'), { recursive: true });
    writeFileSync(path, Buffer.alloc(sizeBytes, index));
    const file = {
      keyspace: 'shop',
      table: 'users',
      tableId: '0'.repeat(32),
      dataDirectory: '/data',
      file: `f${index}`,
      sizeBytes,
      mtime: '1.000000000',
      inode: '1',
    };
    return { file, path, key: `shop/s/t/p/users/f${index}` };
  }
  function moreItems(count: number): TransferItem[] {
    return Array.from({ length: count }, (_, index) => itemOf(50, items.length + index));
  }
  function dataKeys(): readonly string[] {
    return [...bucket.objects.keys()].filter((key) => !key.startsWith('.cain/')).toSorted();
  }
  function storeFault(): CainError {
    return new CainError('CAIN_STORE', 'Injected', { retryable: true });
  }
  afterEach(async () => {
    await http.close();
    await pods.stop();
    const pending: string[] = [];
    for await (const { key } of bucket.listUploads('')) pending.push(key);
    expect(pending).to.deep.equal([]);
  });

  async function upload(changes: Partial<UploadFilesOptions>): Promise<void> {
    await uploadFiles(items, {
      way: 'direct',
      mayFallBack: true,
      agent: { threads: 2, retries: 0, timeout: 5, bytesPerSecond: 0 },
      exec: connectKubernetes({ kubeconfig: pods.kubeconfigFile }).exec,
      pod: { namespace: 'cassandra', name: 'cassandra-0', container: 'cassandra', uid: 'u', isReady: true },
      store: bucket,
      pool: createPartPool(4 * partBytes, partBytes),
      parts: { smallestBytes: partBytes, mostParts: 10_000 },
      parallel: 2,
      retries: 0,
      stallMs: 5_000,
      limitMs: 60_000,
      signal: new AbortController().signal,
      log,
      onBytes: () => {},
      onStored: ({ key }) => void stored.push(key),
      ...changes,
    });
  }

  it('goes on by exec with what is left when the direct way closes', async () => {
    let requests = 0;
    http.nextFault = () => (++requests > 2 ? 'denied' : undefined);

    await upload({});

    expect(stored.toSorted()).to.deep.equal(items.map(({ key }) => key));
    expect(dataKeys()).to.deep.equal(stored.toSorted());
    expect(log.messages('warn')).to.contain(
      'The direct way is closed by now; what is left goes through exec',
    );
  });

  it('sends again by exec what the pod said it stored and is not there when the direct way closes', async () => {
    let requests = 0;
    http.nextFault = () => {
      if (++requests <= 4) return undefined;
      // The small ones came last; nobody looked at them yet.
      for (const { key, file } of items) if (file.sizeBytes <= partBytes) bucket.objects.delete(key);
      return 'denied';
    };
    items.push(...moreItems(3));

    await upload({ agent: { threads: 1, retries: 0, timeout: 5, bytesPerSecond: 0 } });

    expect(stored.toSorted()).to.deep.equal(items.map(({ key }) => key).toSorted());
    expect(dataKeys()).to.deep.equal(stored.toSorted());
  });

  it('asks the store again when it fails just as it is asked for what was put', async () => {
    const store = withFaults(bucket, [{ method: 'list', error: storeFault() }]);

    await upload({ store, retries: 1 });

    store.assertAllHit();
    expect(stored.toSorted()).to.deep.equal(items.map(({ key }) => key));
    expect(log.messages('warn')).to.deep.equal(['Transfer broke off and is taken up again']);
  });

  it('counts nothing as stored that the store was not asked about', async () => {
    const store = withFaults(bucket, [{ method: 'list', error: storeFault(), times: Infinity }]);

    await rejection(upload({ store, mayFallBack: false }), 'CAIN_STORE');

    expect(stored).to.deep.equal([items[2]?.key]);
  });

  it('stays on the direct way when the store falters for a while', async () => {
    let requests = 0;
    http.nextFault = () => (++requests <= 2 ? 'slow-down' : undefined);

    await upload({ retries: 1, agent: { threads: 2, retries: 0, timeout: 5, bytesPerSecond: 0 } });

    expect(stored.toSorted()).to.deep.equal(items.map(({ key }) => key));
    expect(log.messages('warn').join()).not.to.contain('exec');
  });

  it('fails, and takes no way for closed, when the store does not answer Cain either', async () => {
    http.nextFault = () => 'slow-down';
    const store = withFaults(bucket, [{ method: 'head', error: storeFault() }]);

    await rejection(upload({ store, retries: 1 }), 'CAIN_STORE');

    expect(log.messages('warn').join()).not.to.contain('The direct way failed and is tried again');

    store.assertAllHit();
    expect(stored).to.deep.equal([]);
  });

  it('does not where only the direct way is wanted', async () => {
    http.nextFault = () => 'denied';

    await rejection(upload({ mayFallBack: false }), 'CAIN_STORE_ACCESS');
  });

  it('goes by exec alone where that was chosen', async () => {
    await upload({ way: 'exec' });

    expect(http.requests).to.deep.equal([]);
    expect(stored).to.have.length(items.length);
  });
});
