import { expect } from 'chai';
import type { TestCluster } from '../support/e2e/cluster.ts';
import {
  committedTags,
  databases,
  snapshotsLeft,
  tagsWithData,
  testCluster,
} from '../support/e2e/environment.ts';
import { cainNamespace, jobEnd, podsOf, startJob } from '../support/e2e/jobs.ts';
import { firingAlerts } from '../support/e2e/prometheus.ts';
import { until } from '../support/e2e/until.ts';
import { runOrFail } from '../support/embedded/run-program.ts';

const backup = 'cain-backup-default';
/** Every file is sent, at a rate that leaves time for what goes wrong. */
const slow = { CAIN_FULL: 'true', CAIN_BANDWIDTH_LIMIT: '2MiB' };

describe('what goes wrong in the middle of a backup', function () {
  this.timeout(600_000);
  this.slow(1);
  let cluster: TestCluster;
  let tagsBefore: string[];

  before(async function () {
    cluster = await testCluster(this);
  });
  beforeEach(async () => {
    tagsBefore = await tagsWithData(cluster);
  });
  afterEach(async () => {
    expect(await snapshotsLeft(cluster), 'snapshots on the nodes').to.deep.equal([]);
  });

  /** Starts a slow backup and waits until some of its data is in the bucket, and more is to come. */
  async function startInTheMiddle(
    job: string,
    settings: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    await startJob(cluster, job, backup, { ...slow, ...settings });
    await until(`${job} has sent a file of data`, 120_000, async () => {
      return ((await tagsWithData(cluster)).at(-1) ?? '') > (tagsBefore.at(-1) ?? '') || undefined;
    });
  }

  it('goes on with a Cassandra pod that was deleted and came back', async () => {
    await startInTheMiddle('pod-deleted');
    await cluster.kubectl(['--namespace', databases, 'delete', 'pod', 'cassandra-1', '--wait=false']);
    const { succeeded, log } = await jobEnd(cluster, 'pod-deleted');

    expect(succeeded, log).to.equal(true);
    expect(log).to.match(/Transfer broke off and is taken up again/);
    expect(await newTags()).to.have.lengthOf(1);
  });

  it('goes on when the API server was restarted', async function () {
    const { local } = cluster;
    if (!local) return this.skip();
    await startInTheMiddle('api-server-restarted');
    await runOrFail(local.onNode(['pkill', '-KILL', '-x', 'kube-apiserver']));
    const { succeeded, log } = await jobEnd(cluster, 'api-server-restarted');

    expect(succeeded, log).to.equal(true);
    expect(log).to.match(/Transfer broke off and is taken up again/);
    expect(await newTags()).to.have.lengthOf(1);
  });

  it('clears its snapshots when its pod is evicted, and the pod after it makes the backup', async () => {
    await startInTheMiddle('evicted');
    const [pod] = await podsOf(cluster, 'evicted');
    const name = pod?.name ?? '';
    const log = cluster.kubectl(['--namespace', cainNamespace, 'logs', '--follow', name]);
    await evict(name);
    const firstLog = await log;
    const { succeeded, pods, log: secondLog } = await jobEnd(cluster, 'evicted');

    expect(firstLog).to.match(/CAIN_TERMINATED.*"exitCode":143/);
    expect(succeeded, secondLog).to.equal(true);
    expect(pods.map((each) => each.name)).not.to.include(name);
    expect(secondLog).not.to.include('Cleared snapshots that an earlier run left');
    expect(await newTags()).to.have.lengthOf(1);
  });

  it('lets one of two Jobs run', async () => {
    await startInTheMiddle('first-of-two');
    await startJob(cluster, 'second-of-two', backup, { CAIN_LOCK_WAIT: '2s' });
    const second = await jobEnd(cluster, 'second-of-two');
    const first = await jobEnd(cluster, 'first-of-two');

    expect(second.succeeded).to.equal(false);
    expect(second.pods.map(({ exitCode }) => exitCode)).to.deep.equal([4]);
    expect(first.succeeded, first.log).to.equal(true);
    expect(await newTags()).to.have.lengthOf(1);
  });

  it('fails, and tells, while S3 is cut off; the next attempt makes the backup', async function () {
    const { local } = cluster;
    if (!local) return this.skip();
    const rule = 'FORWARD -p tcp --dport 7070 -j DROP'.split(' ');
    await startInTheMiddle('s3-cut', { CAIN_RETRIES: '1', CAIN_STORE_TIMEOUT: '5s' });
    await runOrFail(local.onNode(['iptables', '--insert', ...rule]));
    try {
      await until(
        'a pod of the Job has failed',
        240_000,
        async () => (await podsOf(cluster, 's3-cut')).some(({ exitCode }) => exitCode === 1) || undefined,
      );
      expect(await snapshotsLeft(cluster)).to.deep.equal([]);
      await until('the alert is firing', 30_000, async () => (await isBackupFailing()) || undefined);
    } finally {
      await runOrFail(local.onNode(['iptables', '--delete', ...rule]));
    }
    const { succeeded, log } = await jobEnd(cluster, 's3-cut');

    expect(succeeded, log).to.equal(true);
    expect(await newTags()).to.have.lengthOf(1);
    await until('the alert is silent', 30_000, async () => !(await isBackupFailing()) || undefined);
  });

  async function newTags(): Promise<string[]> {
    return (await committedTags(cluster)).filter((tag) => !tagsBefore.includes(tag));
  }

  async function isBackupFailing(): Promise<boolean> {
    const alerts = await firingAlerts(cluster);
    return alerts.some(({ alertname, cluster: name }) => alertname === 'CainBackupFailed' && name === 'Shop');
  }

  async function evict(name: string): Promise<void> {
    const eviction = {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name, namespace: cainNamespace },
    };
    const path = `/api/v1/namespaces/${cainNamespace}/pods/${name}/eviction`;
    await cluster.kubectl(['create', '--raw', path, '--filename=-'], { input: JSON.stringify(eviction) });
  }
});
