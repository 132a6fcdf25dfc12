import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { expect } from 'chai';
import { connectKubernetes } from '../../src/kubernetes/client.ts';
import type { Store } from '../../src/store/store.ts';
import { downloadDirectly } from '../../src/transfer/direct-download.ts';
import { tryDirectDownload, tryDirectUpload } from '../../src/transfer/direct-trial.ts';
import { type DirectUploadOptions, uploadDirectly } from '../../src/transfer/direct-upload.ts';
import type { UploadedFile } from '../../src/transfer/file-upload.ts';
import type { TransferItem } from '../../src/transfer/upload-options.ts';
import { agentProcesses } from '../support/agent-processes.ts';
import { type BarePods, startBarePods } from '../support/embedded/bare-pods.ts';
import { everyTwentieth } from '../support/every-twentieth.ts';
import { recordLog } from '../support/recording-log.ts';
import { type S3FaultProxy, startS3FaultProxy } from '../support/s3-fault-proxy.ts';
import { startTestS3, type TestS3 } from '../support/test-s3.ts';

const mib = 1024 * 1024;
const partBytes = 5 * mib;

describe('direct transfer with a real S3 server', function () {
  this.timeout(300_000);
  let s3: TestS3;
  let proxy: S3FaultProxy;
  let pods: BarePods;
  let store: Store;
  let uploaded: Map<string, UploadedFile>;
  let items: TransferItem[];
  let runs = 0;

  before(async () => {
    s3 = await startTestS3();
    proxy = await startS3FaultProxy(s3.endpoint);
    pods = await startBarePods(1);
    store = s3.openStore({ endpoint: proxy.endpoint, retries: 4 });
  });
  after(async () => {
    store?.close();
    await pods?.stop();
    await proxy?.close();
    await s3?.stop();
  });
  beforeEach(begin);
  function begin(): void {
    runs++;
    uploaded = new Map();
    const sizes = [0, 1, 1000, mib, mib + 1, partBytes, partBytes + 1, 23 * mib + 17];
    items = sizes.map((size, index) => item(`nb-${index}-big-Data.db`, size));
    for (let index = 0; index < 300; index++)
      items.push(item(`nb-9-big-SAI+aa+i${index}+TermsData.db`, 50 + (index % 100)));
  }
  afterEach(async () => {
    const unhit = pods.kubernetes.faults.unhit();
    pods.kubernetes.faults.clear();
    expect(unhit).to.deep.equal([]);
    const pending: string[] = [];
    for await (const { key } of store.listUploads('')) pending.push(key);
    expect(pending, 'unfinished uploads').to.deep.equal([]);
    expect(agentProcesses(pods.dir), 'programs of ours').to.deep.equal([]);
  });

  function contentOf(name: string, size: number): Buffer {
    const bytes = Buffer.alloc(size, name);
    for (let at = 0; at + 4 <= size; at += 509) bytes.writeUInt32LE(at, at);
    return bytes;
  }
  function item(name: string, sizeBytes: number): TransferItem {
    const path = join(pods.dir, 'data', name);
    mkdirSync(dirname(path), { recursive: true });
    const bytes = contentOf(name, sizeBytes);
    writeFileSync(path, bytes);
    const file = {
      keyspace: 'shop',
      table: 'users',
      tableId: '0'.repeat(32),
      dataDirectory: '/data',
      file: name,
      sizeBytes,
      mtime: '1.000000000',
      inode: '1',
      ...(name.endsWith('-Data.db') ? { digest: crc32(bytes) } : {}),
    };
    return { file, path, key: `shop/abc123/${runs}/cassandra-0/users é/${name}` };
  }
  const session = () => ({
    exec: connectKubernetes({ kubeconfig: pods.kubeconfigFile }).exec,
    pod: { namespace: 'cassandra', name: 'cassandra-0', container: 'cassandra', uid: 'u', isReady: true },
    agent: { threads: 4, retries: 6, timeout: 10, bytesPerSecond: 0 },
    store,
    parallel: 4,
    retries: 25,
    stallMs: 10_000,
    limitMs: 200_000,
    signal: new AbortController().signal,
    log: recordLog(),
    onBytes: () => {},
  });
  async function upload(changes: Partial<DirectUploadOptions> = {}): Promise<void> {
    await uploadDirectly(items, {
      ...session(),
      parts: { smallestBytes: partBytes, mostParts: 10_000 },
      onStored: ({ key }, file) => void uploaded.set(key, file),
      ...changes,
    });
  }
  async function expectAllStored(): Promise<void> {
    expect(uploaded.size).to.equal(items.length);
    for (const { key, file } of items) {
      const head = await store.head(key);
      const bytes = contentOf(file.file, file.sizeBytes);
      expect(head).to.include({ sizeBytes: file.sizeBytes, crc32: crc32(bytes) });
      expect(uploaded.get(key)).to.deep.include({ crc32: crc32(bytes), stored: { etag: head?.etag } });
    }
  }
  async function download(): Promise<number> {
    let staged = 0;
    const directory = join(pods.dir, `staged-${runs}`);
    mkdirSync(directory, { recursive: true });
    const wanted = items.map(({ key, file }) => ({
      key,
      sizeBytes: file.sizeBytes,
      crc32: crc32(contentOf(file.file, file.sizeBytes)),
      about: file.file,
      path: join(directory, file.file),
      uid: process.getuid?.() ?? 0,
      gid: process.getgid?.() ?? 0,
      mode: 0o644,
      mtimeSeconds: 1,
    }));
    await downloadDirectly(wanted, {
      ...session(),
      partBytes,
      roots: [directory],
      keepsStaged: false,
      onStaged: () => staged++,
    });
    for (const { path, about, sizeBytes } of wanted)
      expect(readFileSync(path).equals(contentOf(about, sizeBytes)), about).to.equal(true);
    return staged;
  }

  it('passes its trials', async () => {
    expect(await tryDirectUpload(store, session())).to.equal(undefined);
    const object = { key: '.cain/probe/direct-cassandra-0', sizeBytes: 69 };
    const { sizeBytes = 0 } = (await store.head(object.key)) ?? {};
    expect(await tryDirectDownload(store, { ...object, sizeBytes }, session())).to.equal(undefined);
  });

  it('says why a pod can not go this way', async () => {
    const forged = s3.openStore({ podEndpoint: 'http://127.0.0.1:9' });

    expect(await tryDirectUpload(forged, session())).to.contain('ConnectionRefusedError');
    forged.close();
  });

  it('stores what is equal to the bit, and fetches it again', async () => {
    await upload();

    await expectAllStored();
    expect(await download()).to.equal(items.length);
  });

  it('survives twenty cuts of its exec sessions at random moments', async () => {
    const cuts = 20;
    let struck = 0;
    for (let round = 0; struck < cuts && round < cuts; round++) {
      // A session that ends before its cut has used it up all the same: each round begins with new ones.
      pods.kubernetes.faults.clear();
      const faults = Array.from({ length: cuts - struck }, () =>
        pods.kubernetes.faults.add({
          match: () => true,
          kind: 'cut',
          // The first 6 kB are questions; what counts as progress comes after them.
          afterBytes: 4000 + Math.floor(Math.random() * 6000),
        }),
      );
      begin();
      await upload();
      await expectAllStored();
      struck += faults.reduce((sum, { hits }) => sum + hits, 0);
    }

    expect(struck).to.equal(cuts);
  });

  it('gets through a store that answers one request in twenty with 503 or a reset', async () => {
    everyTwentieth(proxy, ['slow-down', 'reset', 'lose-answer']);

    await upload();
    await download();

    expect(proxy.takeHits()).to.be.greaterThan(20);
    await expectAllStored();
  });
});
