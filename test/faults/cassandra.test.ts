import { randomUUID } from 'node:crypto';
import { type Client, types } from 'cassandra-driver';
import { expect } from 'chai';
import { messageOf } from '../../src/errors.ts';
import { type Bucket, openBucket } from '../support/bucket.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../support/embedded/cluster.ts';
import { type KilledRun, runKilledAt } from '../support/faults/lane.ts';
import { type FaultTally, tallyFaults } from '../support/faults/results.ts';
import { seededNumbers } from '../support/faults/seeded-numbers.ts';
import { stagedFiles } from '../support/faults/staged-files.ts';
import { checksumKeyspace, type KeyspaceChecksum } from '../support/row-checksum.ts';
import { buildCain, startCain } from '../support/run-cain.ts';
import { type S3FaultProxy, startS3FaultProxy } from '../support/s3-fault-proxy.ts';

const seed = Number(process.env.CAIN_CRASH_SEED ?? 1);
/** How many of each command are killed. */
const points = { backup: 14, prune: 6, restore: 10 };
const retention = { CAIN_KEEP_LAST: '2', CAIN_PRUNE_GRACE: '1s' };

describe('A process killed at a sample of its effects, on real Cassandra', function () {
  this.timeout(0);
  const random = seededNumbers(seed);
  let tally: FaultTally;
  let cluster: EmbeddedCluster;
  let proxy: S3FaultProxy;
  let bucket: Bucket;
  let client: Client;
  const holder = randomUUID();
  let written = 0;

  before(async () => {
    tally = tallyFaults('cassandra');
    await buildCain();
    cluster = await startEmbeddedCluster({ nodes: 2, pushgateway: false });
    proxy = await startS3FaultProxy(cluster.s3.endpoint);
    bucket = openBucket(cluster);
    client = await cluster.cql({ consistency: types.consistencies.all });
    await client.execute(
      "CREATE KEYSPACE shop WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': 2}",
    );
    await client.execute('CREATE TABLE shop.users (id int PRIMARY KEY, v text)');
    await client.execute('CREATE TABLE shop.visits (id int PRIMARY KEY, v text)');
    await write(30);
    expect((await cain([])).exitCode).to.equal(0);
  });
  after(async () => {
    bucket?.store.close();
    await proxy?.close();
    await cluster?.stop();
    tally.finish();
  });

  function env(extra: Record<string, string> = {}): Record<string, string> {
    return cluster.env({
      AWS_S3_ENDPOINT: proxy.endpoint,
      CAIN_HOLDER: holder,
      CAIN_LOCK_DURATION: '60s',
      CAIN_MIN_FREE: '0',
      CAIN_LOG_FORMAT: 'json',
      ...extra,
    });
  }
  const cain = (args: readonly string[], extra?: Record<string, string>) => startCain(args, env(extra)).ended;
  const killedAt = (effect: number, args: readonly string[], extra?: Record<string, string>) =>
    runKilledAt(effect, { args, env: env(extra), proxy, kubernetes: cluster.kubernetes });

  async function write(rows: number): Promise<void> {
    for (let row = 0; row < rows; row++) {
      written++;
      for (const table of ['users', 'visits'])
        await client.execute(`INSERT INTO shop.${table} (id, v) VALUES (${written % 100}, 'v ${written}')`);
    }
  }
  async function verifyListed(): Promise<number> {
    const { backups } = await bucket.catalog();
    for (const manifest of backups) await bucket.verify(manifest);
    return backups.length;
  }
  async function expectSuccess(args: readonly string[], extra?: Record<string, string>): Promise<void> {
    const run = await cain(args, extra);
    expect(run.exitCode, `${args.join(' ')}\n${run.stderr.slice(-3000)}`).to.equal(0);
  }
  /** No snapshot and no staged file on any node, no upload, no Lease that somebody holds. */
  async function nothingIsLeft(): Promise<void> {
    for (const node of cluster.nodes) {
      const listed = await node.nodetool('listsnapshots');
      expect(listed.stdout, node.pod)
        .to.include('snapshots')
        .and.not.match(/cain-\d{14}|cain-undo-/);
      expect(stagedFiles(node.dataDirectories), node.pod).to.deep.equal([]);
    }
    expect((await bucket.pendingUploads()).filter((key) => !key.startsWith('.cain/probe/'))).to.deep.equal(
      [],
    );
    const held = cluster.kubernetes.leases.list(cluster.namespace).filter(({ spec }) => spec?.holderIdentity);
    expect(held, 'Leases').to.deep.equal([]);
  }

  /** Kills so many runs of a command at places drawn among the effects of a run that was left alone. */
  async function killSome(
    phase: keyof typeof points,
    strike: (at: number) => Promise<KilledRun>,
    check: (killed: KilledRun, at: number) => Promise<string>,
  ): Promise<void> {
    const whole = await strike(Number.POSITIVE_INFINITY);
    expect(whole.run.exitCode, whole.run.stderr.slice(-3000)).to.equal(0);
    await check(whole, 0);
    for (let each = 0; each < points[phase]; each++) {
      const at = 1 + Math.floor(random() * (whole.effects - 1));
      const killed = await strike(at);
      const what = `${phase}, killed after effect ${at} of ${whole.effects} (${killed.killedAfter})`;
      try {
        const outcome = await check(killed, at);
        if (killed.killedAfter === undefined) tally.missed(what);
        else tally.crashed();
        tally.cell(phase, 'killed', outcome);
      } catch (error) {
        tally.wronged(`${what}: ${messageOf(error)}`);
      }
      if (process.env.CAIN_FAULT_VERBOSE) console.log(what);
    }
  }

  it('backup: what is listed is whole, and the next run succeeds', async () => {
    const strike = async (at: number) => {
      await write(3);
      return await killedAt(at, [], retention);
    };
    await killSome('backup', strike, async () => {
      await verifyListed();
      await expectSuccess([], retention);
      await verifyListed();
      await nothingIsLeft();
      return 'what is listed is whole; the next run succeeds';
    });
  });

  it('prune: what is listed is whole, and the next prune ends it', async () => {
    const strike = async (at: number) => {
      await write(3);
      await expectSuccess([]);
      return await killedAt(at, ['prune'], retention);
    };
    await killSome('prune', strike, async () => {
      await verifyListed();
      await expectSuccess(['prune'], retention);
      expect(await verifyListed()).to.equal(2);
      await nothingIsLeft();
      return 'what is listed is whole; the next prune ends it';
    });
  });

  it('restore: resumed, it brings back the rows of the backup', async () => {
    const saved: KeyspaceChecksum = await checksumKeyspace(client, 'shop');
    await expectSuccess([]);
    const tag = (await bucket.catalog()).backups.at(-1)?.tag ?? '';
    const settings = (at: number) => ({
      CAIN_RESTORE_ID: `point-${at}-${written}`,
      CAIN_TAG: tag,
      CAIN_RESTORE_CONFIRM: `${cluster.clusterName}/${tag}`,
      CAIN_RESTORE_UNDO: 'clear',
    });
    let current: Record<string, string> = {};
    const strike = async (at: number) => {
      await write(5);
      current = settings(at);
      return await killedAt(at, ['restore'], current);
    };
    await killSome('restore', strike, async () => {
      await expectSuccess(['restore'], current);
      expect(await checksumKeyspace(client, 'shop')).to.deep.equal(saved);
      await nothingIsLeft();
      return 'resumed; the rows of the backup, nothing else';
    });
  });
});
