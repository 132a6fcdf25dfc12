import { expect } from 'chai';
import { connectKubernetes } from '../../../src/kubernetes/client.ts';
import type { HeldLease } from '../../../src/kubernetes/held-lease.ts';
import { type LeaseOptions, leaseName, takeLease } from '../../../src/kubernetes/lease.ts';
import { type BarePods, startBarePods } from '../../support/embedded/bare-pods.ts';
import type { LeaseObject } from '../../support/embedded/lease-registry.ts';
import { waitUntil } from '../../support/embedded/wait-until.ts';
import { rejection } from '../../support/error-code.ts';
import { type MemoryLeases, memoryLeases } from '../../support/memory-leases.ts';
import { type RecordingLog, recordLog } from '../../support/recording-log.ts';

const never = new AbortController().signal;
const namespace = 'cassandra';
const name = leaseName('Test Cluster');

describe('takeLease', () => {
  let leases: MemoryLeases;
  let log: RecordingLog;
  let held: HeldLease[];

  beforeEach(() => {
    leases = memoryLeases();
    log = recordLog();
    held = [];
  });
  afterEach(async () => {
    for (const lease of held) await lease.release();
    expect(leases.faults, 'every fault was hit').to.deep.equal({ read: [], write: [] });
  });

  async function take(options: Partial<LeaseOptions> = {}): Promise<HeldLease> {
    const lease = await takeLease(leases.api, {
      namespace,
      clusterName: 'Test Cluster',
      holder: 'me',
      durationMs: 60_000,
      waitMs: 0,
      signal: never,
      log,
      ...options,
    });
    held.push(lease);
    return lease;
  }
  function stored(): LeaseObject {
    return leases.registry.get(namespace, name) as LeaseObject;
  }
  /** A write by another pod. */
  function seize(holderIdentity: string, leaseDurationSeconds = 60): void {
    const current = leases.registry.get(namespace, name);
    const renewTime = new Date().toISOString().replace('Z', '999Z');
    const spec = { holderIdentity, leaseDurationSeconds, renewTime };
    const annotations = { 'cain/run': 'another' };
    if ('status' in current && current.status === 'Failure') {
      leases.registry.create(namespace, { metadata: { name, annotations }, spec });
    } else {
      const { metadata } = current as LeaseObject;
      leases.registry.replace(namespace, name, { metadata: { ...metadata, annotations }, spec });
    }
  }

  it('creates the Lease, and leaves it without a holder', async () => {
    const lease = await take();

    expect(stored().spec).to.include({ holderIdentity: 'me', leaseDurationSeconds: 60, leaseTransitions: 1 });
    expect(lease.hasWaited).to.equal(false);
    await lease.release();
    expect(stored().spec).to.include({ holderIdentity: '' });
    expect(log.messages('warn')).to.deep.equal([]);
  });

  it('takes over at once from an earlier pod of the same Job, and from a holder that released it', async () => {
    seize('me', 3600);
    await (await take()).release();
    const other = await take({ holder: 'you' });

    expect(other.hasWaited).to.equal(false);
    expect(stored().spec).to.include({ holderIdentity: 'you' });
  });

  it('gives up with CAIN_LOCKED and the name of the holder', async () => {
    seize('another');

    const error = await rejection(take({ waitMs: 0 }), 'CAIN_LOCKED');

    expect(error.message).to.contain('another').and.contain(name).and.contain(namespace);
    expect(stored().spec).to.include({ holderIdentity: 'another' });
  });

  it('takes a Lease that did not change for its own duration, by the word of its holder', async () => {
    seize('dead', 1);

    const lease = await take({ waitMs: 5_000, durationMs: 400 });

    expect(lease.hasWaited).to.equal(true);
    expect(stored().spec).to.include({ holderIdentity: 'me', leaseTransitions: 1 });
    expect(log.messages('info')).to.deep.equal(['Waiting for another run to end']);
  });

  it('waits on while the holder renews it', async () => {
    seize('alive', 1);
    const renewing = setInterval(() => seize('alive', 1), 200);

    await rejection(take({ waitMs: 1_500, durationMs: 400 }), 'CAIN_LOCKED');

    clearInterval(renewing);
  });

  it('ends its wait with the reason of the signal', async () => {
    seize('another');
    const controller = new AbortController();
    const reason = new Error('stop');
    const taking = take({ waitMs: 60_000, signal: controller.signal });

    setTimeout(() => controller.abort(reason), 20);

    expect(await taking.catch((error: unknown) => error)).to.equal(reason);
  });

  it('bears a request that fails, and one whose answer is lost', async () => {
    leases.faults.read.push(503);
    leases.faults.write.push('lose-answer');

    await take({ waitMs: 5_000, durationMs: 2_000 });

    expect(stored().spec).to.include({ holderIdentity: 'me' });
  });

  it('does not retry what a missing right refuses', async () => {
    leases.faults.read.push(403);

    await rejection(take(), 'CAIN_KUBERNETES_ACCESS');

    expect(leases.counts.read).to.equal(1);
  });

  it('gives up when it loses every race, rather than to run in circles', async () => {
    const { registry } = leases;
    const original = registry.create;
    registry.create = (inNamespace, lease) => {
      original(inNamespace, { metadata: { name }, spec: { holderIdentity: 'faster' } });
      const answer = original(inNamespace, lease);
      registry.remove(namespace, name);
      return answer;
    };

    await rejection(take({ waitMs: 500, durationMs: 400 }), 'CAIN_LOCKED');

    expect(leases.counts.write).to.be.lessThan(10);
  });

  describe('once held', () => {
    it('is renewed well within its duration', async () => {
      const lease = await take({ durationMs: 400 });
      const { renewTime } = stored().spec ?? {};

      await waitUntil(() => stored().spec?.renewTime !== renewTime);

      expect(lease.lost.aborted).to.equal(false);
      expect(stored().spec).to.include({ leaseTransitions: 1 });
    });

    it('is lost when another run took it', async () => {
      const lease = await take({ durationMs: 300 });

      seize('thief');
      await waitUntil(() => lease.lost.aborted);

      expect(lease.lost.reason).to.have.property('code', 'CAIN_LEASE_LOST');
      await rejection(lease.confirm(), 'CAIN_LEASE_LOST');
      await lease.release();
      expect(stored().spec).to.include({ holderIdentity: 'thief' });
    });

    it('is lost when the next pod of the same Job took it', async () => {
      const lease = await take({ durationMs: 60_000 });

      seize('me');

      await rejection(lease.confirm(), 'CAIN_LEASE_LOST');
    });

    it('is lost when somebody deleted it', async () => {
      const lease = await take();

      leases.registry.remove(namespace, name);

      await rejection(lease.confirm(), 'CAIN_LEASE_LOST');
    });

    it('is lost after two thirds of its duration when every renewal fails', async () => {
      const lease = await take({ durationMs: 300 });
      const startedAt = performance.now();
      leases.faults.write.push(...Array.from({ length: 50 }, () => 503 as const));

      await waitUntil(() => lease.lost.aborted);

      expect(performance.now() - startedAt).to.be.at.least(190);
      leases.faults.write.splice(0);
    });

    it('is lost when a renewal hangs', async () => {
      const lease = await take({ durationMs: 300 });
      leases.faults.write.push('hang');

      await waitUntil(() => lease.lost.aborted);
      leases.cutHung();
    });

    it('is not lost over a renewal whose answer was lost', async () => {
      const lease = await take();
      leases.faults.write.push('lose-answer');

      await lease.confirm();
      await lease.confirm();

      expect(lease.lost.aborted).to.equal(false);
      expect(stored().spec).to.include({ holderIdentity: 'me', leaseTransitions: 1 });
    });

    it('waits out failures that pass before it confirms, so that they cost no backup', async () => {
      const lease = await take({ durationMs: 1_200 });
      leases.faults.write.push(503, 'cut');

      await lease.confirm();

      expect(lease.lost.aborted).to.equal(false);
    });

    it('does not confirm for ever', async () => {
      const lease = await take({ durationMs: 300 });
      leases.faults.write.push(...Array.from({ length: 50 }, () => 503 as const));

      await rejection(lease.confirm(), 'CAIN_LEASE_LOST');

      leases.faults.write.splice(0);
    });

    it('ends its confirmation when the run is stopped', async () => {
      const controller = new AbortController();
      const reason = new Error('stop');
      const lease = await take({ signal: controller.signal });
      leases.faults.write.push(503);
      const confirming = lease.confirm();

      setTimeout(() => controller.abort(reason), 30);

      expect(await confirming.catch((error: unknown) => error)).to.equal(reason);
    });

    it('is released although a renewal was on its way', async () => {
      const lease = await take();
      const writes = leases.counts.write;

      const confirming = lease.confirm();
      await waitUntil(() => leases.counts.write > writes);
      await lease.release();
      await confirming;

      expect(stored().spec).to.include({ holderIdentity: '' });
      expect(log.messages('warn')).to.deep.equal([]);
    });

    it('is released although the answer to a renewal was lost', async () => {
      const lease = await take();
      const writes = leases.counts.write;
      leases.faults.write.push('lose-answer');
      const confirming = lease.confirm().catch(() => {});
      await waitUntil(() => leases.counts.write > writes);

      await lease.release();
      await confirming;

      expect(stored().spec).to.include({ holderIdentity: '' });
    });

    it('says when it could not be released, and fails nobody', async () => {
      const lease = await take();
      leases.faults.write.push(503);

      await lease.release();

      expect(log.messages('warn')).to.deep.equal(['Lease could not be released; it grows stale by itself']);
    });
  });
});

describe('takeLease over HTTP', () => {
  let pods: BarePods;
  before(async () => {
    pods = await startBarePods(0);
  });
  after(() => pods?.stop());

  it('takes, keeps, confirms and releases the Lease of a server that fails now and then', async () => {
    const { requestFaults, leases } = pods.kubernetes;
    const { coordination } = connectKubernetes({ kubeconfig: pods.kubeconfigFile });
    const stored = () => (leases.get(namespace, name) as LeaseObject).spec?.holderIdentity;
    requestFaults.add({ match: ({ method }) => method === 'GET', answer: 503 });
    requestFaults.add({ match: ({ method }) => method === 'POST', answer: 'reset' });

    const lease = await takeLease(coordination, {
      namespace,
      clusterName: 'Test Cluster',
      holder: 'me',
      durationMs: 60_000,
      waitMs: 0,
      signal: never,
      log: recordLog(),
    });
    const whileHeld = stored();
    requestFaults.add({ match: ({ method }) => method === 'PUT', answer: 'reset' });
    await lease.confirm();
    // Somebody else, such as a controller, wrote to it: ours by the annotation, but of another version.
    const current = leases.get(namespace, name) as LeaseObject;
    leases.replace(namespace, name, {
      ...current,
      metadata: { ...current.metadata, labels: { seen: 'yes' } },
    });
    await lease.confirm();
    await lease.release();

    expect([whileHeld, stored(), lease.lost.aborted]).to.deep.equal(['me', '', false]);
    expect(requestFaults.unhit()).to.deep.equal([]);
  });

  it('is refused without the right', async () => {
    const { coordination } = connectKubernetes({ kubeconfig: pods.kubeconfigFile });
    pods.kubernetes.denied.add('update leases');

    const error = await rejection(
      takeLease(coordination, {
        namespace,
        clusterName: 'Test Cluster',
        holder: 'me',
        durationMs: 60_000,
        waitMs: 0,
        signal: never,
        log: recordLog(),
      }),
      'CAIN_KUBERNETES_ACCESS',
    );

    expect(error.message).to.contain('leases');
  });
});
