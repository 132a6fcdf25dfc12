import { existsSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { ApiException, CoordinationV1Api, CoreV1Api, KubeConfig, V1MicroTime } from '@kubernetes/client-node';
import { expect } from 'chai';
import { type BarePods, startBarePods } from '../support/embedded/bare-pods.ts';
import { type ExecClient, execClient } from '../support/embedded/exec-client.ts';
import { protocols } from '../support/embedded/exec-socket.ts';
import type { ExecFault } from '../support/embedded/faults.ts';
import { hasNamespaces } from '../support/embedded/sandbox.ts';
import { waitUntil } from '../support/embedded/wait-until.ts';

describe('The embedded Kubernetes API', () => {
  let pods: BarePods;
  let config: KubeConfig;
  let exec: ExecClient;

  before(async () => {
    pods = await startBarePods(2);
    config = new KubeConfig();
    config.loadFromFile(pods.kubeconfigFile);
    exec = execClient(pods.kubeconfigFile);
  });

  after(async () => {
    await pods?.stop();
  });

  afterEach(() => {
    const { faults, requestFaults, exec } = pods.kubernetes;
    expect([...faults.unhit(), ...requestFaults.unhit()]).to.deep.equal([]);
    faults.clear();
    requestFaults.clear();
    exec.protocols = protocols;
  });

  it('lists its pods by label, in pages, ready and with the container', async () => {
    const core = config.makeApiClient(CoreV1Api);
    const all = { namespace: 'cassandra', labelSelector: 'app in (cassandra, other)' };

    const first = await core.listNamespacedPod({ ...all, limit: 1 });
    const second = await core.listNamespacedPod({ ...all, _continue: first.metadata?._continue ?? '' });
    const none = await core.listNamespacedPod({ namespace: 'cassandra', labelSelector: 'app!=cassandra' });

    const found = [...first.items, ...second.items];
    expect(found.map(({ metadata }) => metadata?.name)).to.deep.equal(['cassandra-0', 'cassandra-1']);
    expect(found[0]?.status?.containerStatuses?.[0]).to.include({ name: 'cassandra', ready: true });
    expect(none.items).to.deep.equal([]);
  });

  it('no longer has a pod that was removed', async () => {
    const [, pod] = pods.kubernetes.pods;
    if (pod) pod.isRemoved = true;

    const core = config.makeApiClient(CoreV1Api);
    const read = await core.readNamespacedPod({ namespace: 'cassandra', name: 'cassandra-1' }).catch(codeOf);
    const run = await exec(['true'], { pod: 'cassandra-1' }).catch(
      (event: { message?: string }) => event.message,
    );
    if (pod) pod.isRemoved = false;

    expect(read).to.equal(404);
    expect(run).to.include('404');
  });

  it('answers with a fault where a test says so', async () => {
    pods.kubernetes.requestFaults.add({ match: ({ path }) => path.endsWith('/pods'), answer: 503 });

    const failed = await config
      .makeApiClient(CoreV1Api)
      .listNamespacedPod({ namespace: 'cassandra' })
      .catch(codeOf);

    expect(failed).to.equal(503);
  });

  it('keeps Leases as a real server does', async () => {
    const leases = config.makeApiClient(CoordinationV1Api);
    const body = { metadata: { name: 'a' }, spec: { holderIdentity: 'me', renewTime: new V1MicroTime() } };
    const namespace = 'cassandra';
    const created = await leases.createNamespacedLease({ namespace, body });
    await leases.replaceNamespacedLease({ namespace, name: 'a', body: created });

    const again = await leases.createNamespacedLease({ namespace, body }).catch(codeOf);
    const stale = await leases.replaceNamespacedLease({ namespace, name: 'a', body: created }).catch(codeOf);

    expect([again, stale]).to.deep.equal([409, 409]);
  });

  for (const protocol of protocols) {
    it(`hands over the exit code and both outputs over ${protocol}`, async () => {
      pods.kubernetes.exec.protocols = [protocol];

      const answer = await exec(['sh', '-c', 'echo out; echo err >&2; exit 42']);

      expect(answer.protocol).to.equal(protocol);
      expect(answer.status.details?.causes).to.deep.equal([{ reason: 'ExitCode', message: '42' }]);
      expect([answer.stdout.toString(), answer.stderr]).to.deep.equal(['out\n', 'err\n']);
    });
  }

  it('says so when the program is missing', async () => {
    const { status } = await exec(['no-such-program']);

    expect(status.message).to.include('executable file not found in $PATH');
  });

  it('delivers 40 MB whole, and holds the process up while nobody reads', async () => {
    const sent = () => pods.kubernetes.exec.calls.at(-1)?.stdoutBytes ?? 0;
    let sentInPause = 0;
    const onPauseEnd = () => {
      sentInPause = sent();
    };

    const { status, stdout } = await exec(['head', '-c', '40000000', '/dev/zero'], {
      pauseMs: 700,
      onPauseEnd,
    });

    expect(status.status).to.equal('Success');
    expect(stdout.length).to.equal(40_000_000);
    expect(sentInPause).to.be.within(1, 20_000_000);
  });

  it('passes stdin on and ends it with the close frame of v5', async () => {
    const stdin = new PassThrough();
    stdin.end(Buffer.alloc(3_000_000, 'x'));

    const { stdout } = await exec(['wc', '-c'], { stdin });

    expect(stdout.toString().trim()).to.equal('3000000');
  });

  it('lets a process run on when its connection goes', async () => {
    const mark = `${pods.dir}/went-on`;
    pods.kubernetes.faults.add({ match: () => true, kind: 'cut' });

    const { status } = await exec(['sh', '-c', `sleep 0.3; echo done > ${mark}`]);

    expect(status.status).to.equal('closed');
    await waitUntil(() => existsSync(mark));
  });

  it('shows a container its own processes and its own /dev/shm', async function () {
    if (!(await hasNamespaces())) {
      console.log(
        '      skipped: this machine allows no namespaces (see `unshare --mount --pid --fork true`)',
      );
      return this.skip();
    }

    const { stdout } = await exec([
      'sh',
      '-c',
      'cat /proc/1/comm; touch /dev/shm/a; ls /dev/shm; ls -d /proc/[0-9]* | wc -l',
    ]);
    const other = await exec(['ls', '/dev/shm'], { pod: 'cassandra-1' });

    expect(stdout.toString()).to.match(/^sh\na\n[3-6]\n$/);
    expect(other.stdout.toString()).to.equal('');
  });

  it('ends what an exec started when its container crashes', async () => {
    const answer = exec(['sleep', '1000']);
    await waitUntil(() => pods.kubernetes.exec.calls.at(-1)?.command[0] === 'sleep');
    await delay(200);

    pods.kubernetes.exec.killAll('cassandra-0');

    expect((await answer).status.details?.causes?.[0]?.message).to.equal('137');
  });

  describe('with a fault in the exec', () => {
    const fiveThousand = ['sh', '-c', 'head -c 5000 /dev/zero; sleep 0.1; head -c 5000 /dev/zero'];
    const cases: Array<{ fault: Omit<ExecFault, 'match'>; status: string; bytes: number }> = [
      { fault: { kind: 'cut', afterBytes: 6_000 }, status: 'closed', bytes: 6_000 },
      { fault: { kind: 'close-without-status', afterBytes: 10 }, status: 'closed', bytes: 10 },
      { fault: { kind: 'close-without-status', afterBytes: Infinity }, status: 'closed', bytes: 10_000 },
      { fault: { kind: 'truncate-with-success', afterBytes: 1_000 }, status: 'Success', bytes: 1_000 },
      { fault: { kind: 'stall', afterBytes: 7_000 }, status: 'silent', bytes: 7_000 },
      { fault: { kind: 'freeze', afterBytes: 0 }, status: 'silent', bytes: 0 },
      { fault: { kind: 'slow', bytesPerSecond: 20_000 }, status: 'Success', bytes: 10_000 },
      { fault: { kind: 'stderr-noise', text: 'Unable to use a TTY\n' }, status: 'Success', bytes: 10_000 },
    ];
    for (const { fault, status, bytes } of cases) {
      it(`${fault.kind} after ${fault.afterBytes ?? 'no'} bytes ends in "${status}"`, async () => {
        pods.kubernetes.faults.add({ ...fault, match: ({ pod }) => pod === 'cassandra-0' });

        const answer = await exec(fiveThousand, { patienceMs: 2_000 });

        expect(answer.status.status).to.equal(status);
        expect(answer.stdout.length).to.equal(bytes);
        expect(answer.stderr).to.equal(fault.text ?? '');
      });
    }

    it('forbidden is a refused upgrade', async () => {
      pods.kubernetes.faults.add({ match: () => true, kind: 'forbidden' });

      const refused = await exec(['true']).catch((event: { message?: string }) => event.message);

      expect(refused).to.include('403');
    });
  });
});

function codeOf(error: unknown): number | undefined {
  return error instanceof ApiException ? error.code : undefined;
}
