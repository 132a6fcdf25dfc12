import { expect } from 'chai';
import { type Bucket, openBucket } from '../support/bucket.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../support/embedded/cluster.ts';
import { buildCain, startCain } from '../support/run-cain.ts';

describe('direct transfer', function () {
  this.timeout(300_000);
  let cluster: EmbeddedCluster;
  let bucket: Bucket;

  before(async () => {
    await buildCain();
    cluster = await startEmbeddedCluster({ nodes: 1, pushgateway: false });
    bucket = openBucket(cluster);
    const client = await cluster.cql();
    await client.execute(
      "CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
    );
    await client.execute(
      "CREATE TABLE shop.blobs (id int PRIMARY KEY, v blob) WITH compression = {'enabled': 'false'}",
    );
    for (let id = 0; id < 24; id++) {
      const row = [id, Buffer.alloc(1 << 20, id)];
      await client.execute('INSERT INTO shop.blobs (id, v) VALUES (?, ?)', row, { prepare: true });
    }
  });
  after(async () => {
    bucket?.store.close();
    await cluster?.stop();
  });

  it('takes the way from the pod by itself, and moves next to nothing through the API server', async () => {
    const callsBefore = cluster.kubernetes.exec.calls.length;

    const run = await startCain([], cluster.env({ CAIN_KEYSPACE: 'shop', CAIN_S3_PART_SIZE: '5MiB' })).ended;

    expect(run.exitCode, run.stderr).to.equal(0);
    expect(run.stderr).to.contain('Node sends its bytes directly');
    const { backups } = await bucket.catalog();
    const newest = backups.at(-1);
    expect(newest?.mode).to.equal('full');
    if (newest) await bucket.verify(newest);
    expect(await bucket.pendingUploads()).to.deep.equal([]);
    const calls = cluster.kubernetes.exec.calls.slice(callsBefore);
    const sent = calls
      .filter(({ command }) => command.includes('cain-agent'))
      .reduce((sum, { stdoutBytes }) => sum + stdoutBytes, 0);
    expect(sent).to.be.lessThan(20_000);
  });

  it('restores the same way', async () => {
    const client = await cluster.cql();
    await client.execute('TRUNCATE shop.blobs');

    const run = await startCain(['restore'], cluster.env({ CAIN_KEYSPACE: 'shop' })).ended;

    expect(run.exitCode, run.stderr).to.equal(0);
    expect(run.stderr).to.contain('Node fetches its bytes directly');
    const { rows } = await client.execute('SELECT id, v FROM shop.blobs');
    expect(rows).to.have.length(24);
    for (const { id, v } of rows) expect(Buffer.alloc(1 << 20, id).equals(v)).to.equal(true);
  });
});
