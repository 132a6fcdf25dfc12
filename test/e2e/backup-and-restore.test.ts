import { expect } from 'chai';
import type { TestCluster } from '../support/e2e/cluster.ts';
import {
  checksumRows,
  committedTags,
  cql,
  installChart,
  snapshotsLeft,
  testCluster,
} from '../support/e2e/environment.ts';
import { cainNamespace, jobEnd, startJob } from '../support/e2e/jobs.ts';
import { pushedMetrics } from '../support/e2e/prometheus.ts';
import { until } from '../support/e2e/until.ts';

describe('a backup by schedule, a loss, a restore', function () {
  this.timeout(600_000);
  this.slow(1);
  let cluster: TestCluster;
  let rows: string;

  before(async function () {
    cluster = await testCluster(this);
    rows = await checksumRows(cluster);
  });

  it('passes `helm test`, which is the preflight', async () => {
    const output = await cluster.helm(['test', 'cain', '--namespace', cainNamespace, '--logs']);

    expect(output).to.match(/Phase:\s+Succeeded/);
  });

  it('is fired by the CronJob, under its own service account', async () => {
    await installChart(cluster, ['backups.default.suspend=false']);
    const job = await until('the CronJob has made a Job', 90_000, async () => {
      const names = await cluster.kubectl(['--namespace', cainNamespace, 'get', 'jobs', '--output=name']);
      return /job\.batch\/(cain-backup-default-\S+)/.exec(names)?.[1];
    });
    await installChart(cluster);
    const { succeeded, pods, log } = await jobEnd(cluster, job);

    expect(succeeded, log).to.equal(true);
    expect(pods.map(({ exitCode }) => exitCode)).to.deep.equal([0]);
    expect(pods[0]?.serviceAccount).to.equal('cain');
    expect(await committedTags(cluster)).to.have.lengthOf(1);
    expect(await snapshotsLeft(cluster)).to.deep.equal([]);
  });

  it('pushes its metrics', async () => {
    const [success] = await pushedMetrics(cluster, 'cain_backup_last_run_success');

    expect(success).to.match(/cluster="Shop".*plan="default".* 1$/);
  });

  it('restores what was dropped, by the documented command', async () => {
    const [tag = ''] = await committedTags(cluster);
    await cql(cluster, 'DROP KEYSPACE shop');
    await startJob(cluster, 'restore-1', 'cain-restore', {
      CAIN_TAG: tag,
      CAIN_RESTORE_CONFIRM: `Shop/${tag}`,
    });
    const { succeeded, log } = await jobEnd(cluster, 'restore-1');

    expect(succeeded, log).to.equal(true);
    expect(await checksumRows(cluster)).to.equal(rows);
  });
});
