import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { connectKubernetes } from '../../../src/kubernetes/client.ts';
import { createPartPool } from '../../../src/transfer/part-pool.ts';
import { type UploadFilesOptions, uploadFiles } from '../../../src/transfer/upload.ts';
import type { TransferItem } from '../../../src/transfer/upload-options.ts';
import { type BarePods, startBarePods } from '../../support/embedded/bare-pods.ts';
import { rejection } from '../../support/error-code.ts';
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
    items = [100, 1000, 3 * partBytes].map((sizeBytes, index) => {
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
    });
  });
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
    expect([...bucket.objects.keys()].toSorted()).to.deep.equal(stored.toSorted());
    expect(log.messages('warn')).to.contain(
      'The direct way is closed by now; what is left goes through exec',
    );
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
