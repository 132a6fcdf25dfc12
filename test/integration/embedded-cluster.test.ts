import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { PassThrough, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import {
  ApiException,
  CoordinationV1Api,
  CoreV1Api,
  Exec,
  KubeConfig,
  V1MicroTime,
  type V1Status,
} from '@kubernetes/client-node';
import { expect } from 'chai';
import type WebSocket from 'isomorphic-ws';
import { type EmbeddedCluster, startEmbeddedCluster } from '../support/embedded/cluster.ts';
import { protocols } from '../support/embedded/exec-socket.ts';
import { hasNamespaces } from '../support/embedded/sandbox.ts';

interface Answer {
  readonly status: V1Status;
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly socket: WebSocket;
}

describe('The embedded cluster', function () {
  this.timeout(600_000);
  let cluster: EmbeddedCluster;
  let config: KubeConfig;

  before(async () => {
    cluster = await startEmbeddedCluster({ announce: (line) => console.log(`      ${line}`) });
    config = new KubeConfig();
    config.loadFromFile(cluster.kubeconfigFile);
  });

  after(async () => {
    await cluster?.stop();
  });

  afterEach(() => {
    expect(cluster.kubernetes.faults.unhit()).to.deep.equal([]);
    cluster.kubernetes.faults.clear();
    cluster.kubernetes.exec.protocols = protocols;
  });

  /** Runs a command with the client that Cain uses; resolves with the status frame or when the socket closes. */
  async function exec(
    command: string[],
    { stdin, slowMs = 0 }: { stdin?: PassThrough; slowMs?: number } = {},
  ) {
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    const collect = (into: Buffer[]) =>
      new Writable({
        write: (chunk: Buffer, _encoding, done) => {
          into.push(chunk);
          done();
        },
      });
    let resolveStatus: (status: V1Status) => void = () => undefined;
    const status = new Promise<V1Status>((resolve) => {
      resolveStatus = resolve;
    });
    const streams = [collect(stdout), collect(stderr), stdin ?? null] as const;
    const socket = await new Exec(config).exec(
      cluster.namespace,
      'cassandra-0',
      'cassandra',
      command,
      ...streams,
      false,
      resolveStatus,
    );
    if (slowMs > 0) {
      socket.pause();
      await delay(slowMs);
      socket.resume();
    }
    const closed = new Promise<V1Status>((resolve) => {
      socket.on('close', () => resolve({ status: 'closed' }));
    });
    const answer: Answer = {
      status: await Promise.race([status, closed]),
      stdout: Buffer.concat(stdout),
      stderr: Buffer.concat(stderr).toString(),
      socket,
    };
    return answer;
  }

  it('lists its pods by label, ready and with the container', async () => {
    const core = config.makeApiClient(CoreV1Api);

    const found = await core.listNamespacedPod({ namespace: 'cassandra', labelSelector: 'app=cassandra' });
    const none = await core.listNamespacedPod({ namespace: 'cassandra', labelSelector: 'app!=cassandra' });

    expect(found.items.map(({ metadata }) => metadata?.name)).to.deep.equal(['cassandra-0']);
    expect(found.items[0]?.status?.containerStatuses?.[0]).to.include({ name: 'cassandra', ready: true });
    expect(none.items).to.deep.equal([]);
  });

  for (const protocol of protocols) {
    it(`runs nodetool and cqlsh in a pod over ${protocol}`, async () => {
      cluster.kubernetes.exec.protocols = [protocol];

      const nodetool = await exec(['nodetool', 'status']);
      const cqlsh = await exec(['cqlsh', '-e', 'DESC keyspaces']);

      expect(nodetool.socket.protocol).to.equal(protocol);
      expect(nodetool.status.status).to.equal('Success');
      expect(nodetool.stdout.toString()).to.match(/^UN {2}127\.0\./m);
      expect(cqlsh.status.status).to.equal('Success');
      expect(cqlsh.stdout.toString()).to.include('system_schema');
    });
  }

  it('hands over the exit code and both outputs', async () => {
    const { status, stdout, stderr } = await exec(['sh', '-c', 'echo out; echo err >&2; exit 42']);

    expect(status.details?.causes).to.deep.equal([{ reason: 'ExitCode', message: '42' }]);
    expect([stdout.toString(), stderr]).to.deep.equal(['out\n', 'err\n']);
  });

  it('says so when the program is missing', async () => {
    const { status } = await exec(['no-such-program']);

    expect(status.message).to.include('executable file not found in $PATH');
  });

  it('delivers 20 MB whole to a reader that pauses, and holds the process up meanwhile', async () => {
    const { status, stdout } = await exec(['sh', '-c', 'head -c 20000000 /dev/zero'], { slowMs: 500 });

    expect(status.status).to.equal('Success');
    expect(stdout.length).to.equal(20_000_000);
    expect(cluster.kubernetes.exec.calls.at(-1)?.stdoutBytes).to.equal(20_000_000);
  });

  it('passes stdin on and ends it with the close frame of v5', async () => {
    const stdin = new PassThrough();
    stdin.end(Buffer.alloc(3_000_000, 'x'));

    const { stdout } = await exec(['wc', '-c'], { stdin });

    expect(stdout.toString().trim()).to.equal('3000000');
  });

  it('lets a process run on when its connection goes', async () => {
    const mark = `${cluster.dir}/went-on`;
    cluster.kubernetes.faults.add({ match: () => true, kind: 'cut' });

    const { status } = await exec(['sh', '-c', `sleep 0.3; echo done > ${mark}`]);

    expect(status.status).to.equal('closed');
    await until(() => existsSync(mark));
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
      'cat /proc/1/comm; cat /proc/[0-9]*/comm | grep -c java; ls /dev/shm',
    ]);

    expect(stdout.toString()).to.equal('sh\n1\n');
  });

  it('ends what an exec started when its container crashes', async () => {
    const answer = exec(['sleep', '1000']);
    await until(() => cluster.kubernetes.exec.calls.at(-1)?.command[0] === 'sleep');
    await delay(200);

    cluster.kubernetes.exec.killAll('cassandra-0');

    expect((await answer).status.details?.causes?.[0]?.message).to.equal('137');
  });

  it('truncates with Success where a fault says so', async () => {
    cluster.kubernetes.faults.add({ match: () => true, kind: 'truncate-with-success', afterBytes: 1_000 });

    const { status, stdout } = await exec(['head', '-c', '5000', '/dev/zero']);

    expect(status.status).to.equal('Success');
    expect(stdout.length).to.equal(1_000);
  });

  it('refuses an exec where a fault forbids it', async () => {
    const { pods } = cluster.kubernetes;
    cluster.kubernetes.faults.add({ match: ({ pod }) => pod === pods[0]?.name, kind: 'forbidden' });

    const refused = await exec(['true']).catch((event: { message?: string }) => event.message);

    expect(refused).to.include('403');
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
    await cql.execute(
      "CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
    );
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
    const commands = await Promise.all(
      pids.map((pid) => readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')),
    );

    await cluster.stop();

    expect(commands.join()).to.include('versitygw');
    expect(pids.filter(hasProcesses)).to.deep.equal([]);
    expect(existsSync(cluster.dir)).to.equal(false);
  });
});

function codeOf(error: unknown): number | undefined {
  return error instanceof ApiException ? error.code : undefined;
}

function hasProcesses(group: number): boolean {
  try {
    return process.kill(-group, 0);
  } catch {
    return false;
  }
}

async function until(isTrue: () => boolean): Promise<void> {
  const limit = Date.now() + 10_000;
  while (!isTrue()) {
    if (Date.now() > limit) throw new Error('It did not happen within 10 s');
    await delay(50);
  }
}
