import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { expect } from 'chai';
import { type EmbeddedCluster, startEmbeddedCluster } from '../support/embedded/cluster.ts';
import { type ExecClient, execClient } from '../support/embedded/exec-client.ts';
import { protocols } from '../support/embedded/exec-socket.ts';
import { waitUntil } from '../support/embedded/wait-until.ts';

describe('The embedded cluster', function () {
  this.timeout(600_000);
  let cluster: EmbeddedCluster;
  let exec: ExecClient;

  before(async () => {
    cluster = await startEmbeddedCluster({ announce: (line) => console.log(`      ${line}`) });
    exec = execClient(cluster.kubeconfigFile);
  });

  after(async () => {
    await cluster?.stop();
  });

  for (const protocol of protocols) {
    it(`runs nodetool and cqlsh in a pod over ${protocol}`, async () => {
      cluster.kubernetes.exec.protocols = [protocol];

      const nodetool = await exec(['nodetool', 'status']);
      const cqlsh = await exec(['cqlsh', '-e', 'DESC keyspaces']);

      expect(nodetool.status.status).to.equal('Success');
      expect(nodetool.stdout.toString()).to.match(/^UN {2}127\.0\./m);
      expect(nodetool.stderr).to.equal('');
      expect(cqlsh.status.status).to.equal('Success');
      expect(cqlsh.stdout.toString()).to.include('system_schema');
    });
  }

  it('has a bucket and a Pushgateway', async () => {
    const { endpoint, bucket, accessKeyId, secretAccessKey, region } = cluster.s3;
    const credentials = { accessKeyId, secretAccessKey };
    const s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true });

    const head = await s3.send(new HeadBucketCommand({ Bucket: bucket }));
    s3.destroy();

    expect(head.$metadata.httpStatusCode).to.equal(200);
    if (cluster.pushgateway) {
      const ready = await fetch(`${cluster.pushgateway.url}/-/ready`);
      expect(ready.status).to.equal(200);
    }
  });

  it('survives a crash of its node', async () => {
    const cql = await cluster.cql();
    const replication = "{'class': 'SimpleStrategy', 'replication_factor': 1}";
    await cql.execute(`CREATE KEYSPACE shop WITH replication = ${replication}`);
    await cql.execute('CREATE TABLE shop.orders (id int PRIMARY KEY, name text)');
    await cql.execute("INSERT INTO shop.orders (id, name) VALUES (1, 'first')");
    await cql.shutdown();
    const [node] = cluster.nodes;

    await node?.nodetool('flush');
    await node?.kill();
    const down = await exec(['nodetool', 'status']);
    await node?.start();
    const rows = await (await cluster.cql()).execute('SELECT name FROM shop.orders');

    expect(down.stderr).to.include('Failed to connect');
    expect(rows.rows.map((row) => row.name as string)).to.deep.equal(['first']);
  });

  it('leaves nothing behind', async () => {
    await exec(['sh', '-c', 'sleep 1000 >/dev/null 2>&1 &']);
    const pids = cluster.runningProcesses();
    const names = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')));

    await cluster.stop();

    expect(names.join()).to.include('versitygw');
    await waitUntil(() => !pids.some(hasProcesses));
    expect(existsSync(cluster.dir)).to.equal(false);
  });
});

function hasProcesses(group: number): boolean {
  try {
    return process.kill(-group, 0);
  } catch {
    return false;
  }
}
