import { expect } from 'chai';
import type { TestCluster } from '../support/e2e/cluster.ts';
import {
  applyManifest,
  checksumRows,
  cql,
  createNamespace,
  fillRows,
  installChart,
  testCluster,
} from '../support/e2e/environment.ts';
import { jobEnd, startJob } from '../support/e2e/jobs.ts';

/** One node, in the namespace that its chart is installed in, too. */
const place = { namespace: 'bitnami', replicas: 1 };

describe('an image in which exec and Cassandra are 1001', function () {
  this.timeout(600_000);
  this.slow(1);
  let cluster: TestCluster;

  before(async function () {
    cluster = await testCluster(this);
    await createNamespace(cluster, place.namespace);
    await applyManifest(cluster, 'cassandra-1001.yaml');
    const settings = [
      'cassandra.namespace=',
      'cassandra.podNames={cassandra-0}',
      's3.destination=s3://backups/bitnami',
    ];
    await installChart(cluster, settings, place.namespace);
    const wait = ['--namespace', place.namespace, 'rollout', 'status', 'statefulset/cassandra'];
    await cluster.kubectl([...wait, '--timeout=300s'], { limitMs: 310_000 });
  });

  it('is backed up, and restored after a loss', async () => {
    const { namespace } = place;
    await fillRows(cluster, 200, place);
    const rows = await checksumRows(cluster, place);

    await startJob(cluster, 'backup', 'cain-backup-default', {}, namespace);
    const backup = await jobEnd(cluster, 'backup', namespace);
    expect(backup.succeeded, backup.log).to.equal(true);

    await cql(cluster, 'DROP KEYSPACE shop', place);
    await startJob(cluster, 'restore', 'cain-restore', { CAIN_TAG: 'latest' }, namespace);
    const restore = await jobEnd(cluster, 'restore', namespace);
    expect(restore.succeeded, restore.log).to.equal(true);
    expect(await checksumRows(cluster, place)).to.equal(rows);
  });
});
