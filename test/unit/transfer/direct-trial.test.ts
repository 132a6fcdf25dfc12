import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { connectKubernetes } from '../../../src/kubernetes/client.ts';
import { tryDirectDownload, tryDirectUpload } from '../../../src/transfer/direct-trial.ts';
import { type BarePods, startBarePods } from '../../support/embedded/bare-pods.ts';
import { type MemoryHttp, startMemoryHttp } from '../../support/memory-http.ts';
import { openMemoryStore } from '../../support/memory-store.ts';

describe('trials of the direct way', function () {
  this.timeout(60_000);
  let pods: BarePods;
  let http: MemoryHttp;

  before(async () => {
    pods = await startBarePods(1);
  });
  after(() => pods?.stop());
  beforeEach(async () => {
    http = await startMemoryHttp();
  });
  afterEach(async () => {
    await http.close();
    const unhit = pods.kubernetes.faults.unhit();
    pods.kubernetes.faults.clear();
    expect(unhit).to.deep.equal([]);
  });

  const options = () => ({
    exec: connectKubernetes({ kubeconfig: pods.kubeconfigFile }).exec,
    pod: { namespace: 'cassandra', name: 'cassandra-0', container: 'cassandra', uid: 'u', isReady: true },
    agent: { threads: 4, retries: 5, timeout: 5, bytesPerSecond: 0 },
    signal: new AbortController().signal,
    limitMs: 30_000,
    stallMs: 5_000,
  });

  it('find nothing in the way, the second time too', async () => {
    const store = openMemoryStore({ signing: http });

    expect(await tryDirectUpload(store, options())).to.equal(undefined);
    expect(await tryDirectUpload(store, options())).to.equal(undefined);
  });

  it('find a store that ignores a condition', async () => {
    const store = openMemoryStore({ signing: http, ignoresConditions: true });

    expect(await tryDirectUpload(store, options())).to.equal(
      'a put onto what is there from the pod: it was accepted, which must not be',
    );
  });

  it('find that requests are refused, and say by what words', async () => {
    http.nextFault = () => 'denied';

    const reason = await tryDirectUpload(openMemoryStore({ signing: http }), options());

    expect(reason).to.equal('a put from the pod: 403, AccessDenied, canned');
  });

  it('find that there is no Python', async () => {
    const fake = join(pods.dir, 'cassandra-0', 'bin', 'python3');
    writeFileSync(fake, '#!/bin/sh\necho no ssl >&2\nexit 126\n');
    chmodSync(fake, 0o755);

    const reason = await tryDirectUpload(openMemoryStore({ signing: http }), options());

    rmSync(fake);
    expect(reason).to.contain('exit code 126: no ssl');
  });

  it('take one bad moment of the store or of the session for no closed way', async () => {
    const faults = ['slow-down', 'reset'] as const;
    let requests = 0;
    http.nextFault = () => faults[requests++ / 2];
    pods.kubernetes.faults.add({ match: () => true, kind: 'cut', afterBytes: 10 });

    expect(await tryDirectUpload(openMemoryStore({ signing: http }), options())).to.equal(undefined);
    expect(requests).to.be.greaterThan(4);
  });

  it('of a restore fetch one byte, and see the size', async () => {
    const store = openMemoryStore({ signing: http });
    await store.put('object', Buffer.from('hello'));

    expect(await tryDirectDownload(store, { key: 'object', sizeBytes: 5 }, options())).to.equal(undefined);
    expect(await tryDirectDownload(store, { key: 'object', sizeBytes: 6 }, options())).to.contain(
      'has 5 bytes',
    );
    expect(http.requests.at(-1)?.range).to.equal('bytes=0-0');
  });
});
