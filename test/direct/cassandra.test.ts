import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from 'cassandra-driver';
import { expect } from 'chai';
import { agentProcesses } from '../support/agent-processes.ts';
import { type Bucket, openBucket } from '../support/bucket.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../support/embedded/cluster.ts';
import type { ExecToMatch } from '../support/embedded/faults.ts';
import { waitUntil } from '../support/embedded/wait-until.ts';
import { everyTwentieth } from '../support/every-twentieth.ts';
import { watchProcesses } from '../support/process-watch.ts';
import { checksumKeyspace } from '../support/row-checksum.ts';
import { buildCain, type CainRun, startCain } from '../support/run-cain.ts';
import { startS3FaultProxy } from '../support/s3-fault-proxy.ts';

const isAgent = ({ command }: ExecToMatch): boolean => command.includes('cain-agent');

describe('direct transfer under faults', function () {
  this.timeout(600_000);
  let cluster: EmbeddedCluster;
  let bucket: Bucket;
  let client: Client;

  before(async () => {
    await buildCain();
    cluster = await startEmbeddedCluster({ nodes: 2, pushgateway: false });
    bucket = openBucket(cluster);
    // A page of all the blobs would be half of a node's memory.
    client = await cluster.cql({ pageRows: 4 });
    await client.execute(
      "CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 2}",
    );
    await client.execute(
      "CREATE TABLE shop.blobs (id int PRIMARY KEY, v blob) WITH compression = {'enabled': 'false'}",
    );
    for (let table = 0; table < 10; table++)
      await client.execute(`CREATE TABLE shop.t${table} (id int PRIMARY KEY, v text)`);
    for (let table = 0; table < 10; table++)
      await client.execute(`INSERT INTO shop.t${table} (id, v) VALUES (?, ?)`, [table, 'v'], {
        prepare: true,
      });
    for (let id = 0; id < 64; id++) {
      const row = [id, Buffer.alloc(1 << 20, id)];
      await client.execute('INSERT INTO shop.blobs (id, v) VALUES (?, ?)', row, { prepare: true });
    }
  });
  after(async () => {
    bucket?.store.close();
    await cluster?.stop();
  });
  afterEach(() => {
    const unhit = cluster.kubernetes.faults.unhit();
    cluster.kubernetes.faults.clear();
    expect(unhit, 'every injected fault was hit').to.deep.equal([]);
    expect(agentProcesses(cluster.dir), 'processes of ours that are left').to.deep.equal([]);
  });

  function env(extra: Record<string, string> = {}): Record<string, string> {
    return cluster.env({
      CAIN_HOLDER: randomUUID(),
      CAIN_LOCK_DURATION: '5s',
      CAIN_KEYSPACE: 'shop',
      CAIN_FULL: 'true',
      CAIN_S3_PART_SIZE: '5MiB',
      CAIN_TRANSFER: 'direct',
      CAIN_RETRIES: '25',
      ...extra,
    });
  }
  async function expectGoodBackup(run: CainRun): Promise<void> {
    expect(run.exitCode, run.stderr).to.equal(0);
    const newest = (await bucket.catalog()).backups.at(-1);
    if (!newest) throw new Error('there is no backup');
    expect(newest.tag).to.equal(run.lastCommit?.tag);
    expect(await bucket.verify(newest)).to.be.greaterThan(100);
    expect(await bucket.pendingUploads()).to.deep.equal([]);
  }
  it('survives twenty cuts of its exec sessions at random moments', async () => {
    let cuts = 0;
    while (cuts < 20) {
      // A session that had less to say than its cut waited for has used the cut up: the next backup gets new ones.
      cluster.kubernetes.faults.clear();
      const faults = Array.from({ length: 20 - cuts }, () =>
        cluster.kubernetes.faults.add({
          match: isAgent,
          kind: 'cut',
          // The first 4 kB are questions; what counts as progress comes after them.
          afterBytes: Math.floor(Math.random() * 5000),
        }),
      );

      await expectGoodBackup(await startCain([], env()).ended);

      const hits = faults.reduce((sum, fault) => sum + fault.hits, 0);
      expect(hits, 'cuts of one backup').to.be.greaterThan(0);
      cuts += hits;
    }
  });

  it('gets through a store that answers one request in twenty with 503 or a reset', async () => {
    const proxy = await startS3FaultProxy(cluster.s3.endpoint);
    everyTwentieth(proxy, ['slow-down', 'reset', 'lose-answer']);

    const run = await startCain([], env({ AWS_S3_ENDPOINT: proxy.endpoint })).ended;

    expect(proxy.takeHits()).to.be.greaterThan(5);
    await proxy.close();
    await expectGoodBackup(run);
  });

  it('takes exec for the one node whose way to the store is closed', async () => {
    const [, closed] = cluster.nodes;
    const wrapper = join((closed?.container.env.PATH ?? '').split(':')[0] ?? '', 'python3');
    // The program that transfers, not the one that stands in for nodetool, nor cqlsh.
    const script =
      '#!/bin/sh\ncase "$*" in *CAIN_NODETOOL*) ;; -I*) exec unshare --net /usr/bin/python3 "$@" ;; esac\nexec /usr/bin/python3 "$@"\n';
    writeFileSync(wrapper, script, { mode: 0o755, flag: 'wx' });

    const run = await startCain([], env({ CAIN_TRANSFER: 'auto' })).ended;
    const refused = await startCain([], env()).ended;

    rmSync(wrapper);
    await expectGoodBackup(run);
    const lines = run.stderr.split('\n');
    const say = (text: string) =>
      lines.filter((line) => line.includes(text)).map((line) => JSON.parse(line).pod);
    expect(say('Node sends its bytes directly')).to.deep.equal(['cassandra-0']);
    expect(say('Node sends its bytes through exec')).to.deep.equal(['cassandra-1']);
    expect(refused.exitCode).to.equal(3);
    expect(refused.stderr).to.contain('cassandra-1');
  });

  it('leaves no process when it is killed, and clears what it had begun with its next run', async () => {
    const killed = startCain([], env({ CAIN_BANDWIDTH_LIMIT: '4MiB' }));
    await waitUntil(
      () => cluster.kubernetes.exec.calls.filter(isAgentCall).some(({ endedAt }) => !endedAt),
      60_000,
    );
    killed.kill('SIGKILL');
    await killed.ended;

    await waitUntil(() => agentProcesses(cluster.dir).length === 0, 70_000);

    await expectGoodBackup(await startCain([], env()).ended);
  });
  const isAgentCall = ({ command }: { command: readonly string[] }): boolean =>
    command.includes('cain-agent');

  it('shows no secret in any process list while it runs, and restores rows that are equal', async () => {
    const before = await checksumKeyspace(client, 'shop');
    const watch = watchProcesses();
    await expectGoodBackup(await startCain([], env()).ended);
    await client.execute('TRUNCATE shop.blobs');
    await client.execute('TRUNCATE shop.t1');
    cluster.kubernetes.faults.add({ match: isAgent, kind: 'cut', afterBytes: 30, times: 2 });
    const tables = 'shop.blobs,shop.t1';

    const run = await startCain(['restore'], env({ CAIN_TABLE: tables })).ended;

    const seen = watch.stop().filter((line) => line.includes("compile(text, 'cain'"));
    expect(run.exitCode, run.stderr).to.equal(0);
    expect(run.stderr).to.contain('Staging broke off and is taken up again');
    expect(seen.length, 'programs of ours that were seen').to.be.greaterThan(0);
    for (const line of seen) {
      expect(line).not.to.contain(cluster.s3.secretAccessKey);
      expect(line).not.to.match(/x-amz/i);
    }
    expect(await checksumKeyspace(client, 'shop')).to.deep.equal(before);
  });
});
