import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Client, types } from 'cassandra-driver';
import { expect } from 'chai';
import { type Bucket, openBucket } from '../support/bucket.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../support/embedded/cluster.ts';
import type { ExecToMatch } from '../support/embedded/faults.ts';
import { runProgram } from '../support/embedded/run-program.ts';
import { checksumKeyspace, type KeyspaceChecksum } from '../support/row-checksum.ts';
import { buildCain, type CainRun, startCain } from '../support/run-cain.ts';

const schema = [
  "CREATE KEYSPACE shop WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': 2}",
  'CREATE TYPE shop.place (street text, city text)',
  `CREATE TABLE shop.users (grp int, id int, name text, home frozen<place>, tags set<text>, prefs map<text, int>,
    leader text static, PRIMARY KEY (grp, id)) WITH CLUSTERING ORDER BY (id DESC)`,
  'CREATE INDEX users_name ON shop.users (name)',
  'CREATE TABLE shop.hits (page text PRIMARY KEY, n counter)',
  'CREATE TABLE shop.visits (id int PRIMARY KEY, city text)',
  `CREATE MATERIALIZED VIEW shop.visits_by_city AS SELECT * FROM shop.visits
    WHERE city IS NOT NULL AND id IS NOT NULL PRIMARY KEY (city, id)`,
];

const isImportOf =
  (table: string) =>
  ({ command }: ExecToMatch): boolean =>
    command[2]?.includes('nodetool_ import') === true && command.includes(table);
const isStaging = ({ command }: ExecToMatch): boolean => command[2]?.includes('--extract') === true;

describe('restore', function () {
  this.timeout(300_000);
  let cluster: EmbeddedCluster;
  let client: Client;
  let bucket: Bucket;
  let tag: string;
  /** The rows that the backup holds. */
  let saved: KeyspaceChecksum;

  before(async () => {
    await buildCain();
    cluster = await startEmbeddedCluster({ nodes: 2 });
    bucket = openBucket(cluster);
    client = await cluster.cql({ consistency: types.consistencies.all });
    for (const statement of schema) await client.execute(statement);
    await untilWritable();
    await writeRows(0, 40);
    saved = await rows();
    const run = await startCain([], env()).ended;
    expect(run.exitCode, run.stderr).to.equal(0);
    tag = (await bucket.catalog()).backups.at(-1)?.tag ?? '';
  });
  after(async () => {
    bucket?.store.close();
    await cluster?.stop();
  });
  afterEach(() => {
    expect(cluster.kubernetes.faults.unhit(), 'every injected fault was hit').to.deep.equal([]);
    cluster.kubernetes.faults.clear();
  });

  function env(extra: Record<string, string> = {}): Record<string, string> {
    return cluster.env({
      // What is cut and killed here is the stream of tar.
      CAIN_TRANSFER: 'exec',
      CAIN_HOLDER: randomUUID(),
      CAIN_LOCK_DURATION: '5s',
      CAIN_KEYSPACE: 'shop',
      ...extra,
    });
  }
  async function restore(extra: Record<string, string> = {}): Promise<CainRun> {
    return await startCain(['restore'], env(extra)).ended;
  }
  function confirmed(extra: Record<string, string> = {}): Record<string, string> {
    return { CAIN_RESTORE_CONFIRM: `${cluster.clusterName}/${tag}`, ...extra };
  }
  async function rows(): Promise<KeyspaceChecksum> {
    return await checksumKeyspace(client, 'shop');
  }
  async function writeRows(from: number, to: number): Promise<void> {
    const execute = (query: string, values: unknown[]) => client.execute(query, values, { prepare: true });
    for (let id = from; id < to; id++) {
      const [home, tags, prefs] = [{ street: 'Main', city: `c${id}` }, ['a', String(id)], { x: id }];
      await execute(
        'INSERT INTO shop.users (grp, id, name, home, tags, prefs) VALUES (?, ?, ?, ?, ?, ?) USING TTL 864000',
        [id % 3, id, `name ${id}`, home, tags, prefs],
      );
      await execute('UPDATE shop.users SET leader = ? WHERE grp = ?', [`leader ${id}`, id % 3]);
      await execute('UPDATE shop.hits SET n = n + ? WHERE page = ?', [id, `page ${id % 5}`]);
      await execute('INSERT INTO shop.visits (id, city) VALUES (?, ?)', [id, `city ${id % 7}`]);
    }
    await execute('DELETE FROM shop.users WHERE grp = ? AND id = ?', [0, from]);
  }
  /** Under load a node hears of a new table later than the driver believes. */
  async function untilWritable(): Promise<void> {
    const limit = Date.now() + 60_000;
    for (;;) {
      try {
        return await writeRows(0, 1);
      } catch (error) {
        if (Date.now() > limit) throw error;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
  }
  /** Statements that truncate a table, of all exec calls so far. */
  function truncates(table: string): number {
    const statement = `TRUNCATE ${table};`;
    return cluster.kubernetes.exec.calls.filter(({ command }) => command.includes(statement)).length;
  }
  async function inContainer(pod: string, script: string): Promise<string> {
    const node = cluster.nodes.find((each) => each.pod === pod);
    if (!node) throw new Error(`There is no pod ${pod}`);
    const { sandbox, env: environment } = node.container;
    const result = await runProgram(sandbox.enter(['sh', '-c', script]), { env: { ...environment } });
    expect(result.code, `${script}\n${result.stdout}${result.stderr}`).to.equal(0);
    return result.stdout;
  }
  /** Names of the restores that left something on the nodes. */
  function restoresOnNodes(): string[] {
    return cluster.nodes.flatMap(({ dataDirectories }) =>
      dataDirectories.flatMap((directory) => {
        const names = readdirSync(directory);
        return names.includes('cain-restore') ? readdirSync(join(directory, 'cain-restore')) : [];
      }),
    );
  }
  async function expectNothingRuns(): Promise<void> {
    // The bracket keeps the search from finding itself.
    const search =
      'for p in /proc/[0-9]*; do grep -aq "cain[-]restore" $p/cmdline && tr "\\0" " " < $p/cmdline; done; true';
    for (const { pod, nodetool } of cluster.nodes) {
      expect((await inContainer(pod, search)).trim(), `processes in ${pod}`).to.equal('');
      const { stdout } = await nodetool('statusautocompaction', 'shop');
      expect(stdout, `automatic compaction in ${pod}`)
        .to.match(/^running$/m)
        .and.not.to.match(/not running/);
    }
  }

  it('brings back a keyspace that was dropped, though its staging is cut off once', async () => {
    await client.execute('DROP KEYSPACE shop');
    const cut = cluster.kubernetes.faults.add({ match: isStaging, kind: 'cut' });

    const run = await restore();

    expect(run.exitCode, run.stderr).to.equal(0);
    expect(cut.hits).to.equal(1);
    expect(await rows()).to.deep.equal(saved);
    const byIndex = await client.execute("SELECT id FROM shop.users WHERE name = 'name 7'");
    expect(byIndex.rows.map(({ id }) => id)).to.deep.equal([7]);
    expect(run.stdout).to.contain('Keyspaces to create: shop').and.to.contain('nothing to undo');
  });

  it('refuses tables that are not empty without the confirmation, prints the plan and changes nothing', async () => {
    await writeRows(40, 50);
    const newer = await rows();

    const dry = await restore({ CAIN_DRY_RUN: 'true' });
    const unconfirmed = await restore();

    expect(dry.exitCode, dry.stderr).to.equal(0);
    expect(unconfirmed.exitCode, unconfirmed.stderr).to.equal(3);
    expect(unconfirmed.stderr)
      .to.contain('CAIN_RESTORE_UNCONFIRMED')
      .and.contain(`${cluster.clusterName}/${tag}`);
    for (const { stdout } of [dry, unconfirmed]) expect(stdout).to.match(/shop\.users .*IS NOT EMPTY/);
    expect(await rows()).to.deep.equal(newer);
    expect(truncates('shop.users')).to.equal(1);
  });

  it('restores one table alone, and its undo brings the rows from before back', async () => {
    const newer = await rows();
    // Cut when the import is done and says so: it is told again, and not done twice.
    cluster.kubernetes.faults.add({ match: isImportOf('visits'), kind: 'cut', afterBytes: 1 });

    const run = await restore(confirmed({ CAIN_TABLE: 'shop.visits' }));

    expect(run.exitCode, run.stderr).to.equal(0);
    expect(await rows()).to.deep.equal({
      ...newer,
      visits: saved.visits,
      visits_by_city: saved.visits_by_city,
    });

    const undo = /CAIN_RESTORE_ID=(\S+) cain restore --undo --restore-confirm '(.*)'/.exec(run.stdout);
    const settings = { CAIN_RESTORE_ID: undo?.[1] ?? '', CAIN_UNDO: 'true' };
    const unconfirmed = await restore(settings);
    const undone = await restore({ ...settings, CAIN_RESTORE_CONFIRM: undo?.[2] ?? '' });

    expect(unconfirmed.exitCode, unconfirmed.stderr).to.equal(3);
    expect(undone.exitCode, undone.stderr).to.equal(0);
    expect(await rows()).to.deep.equal(newer);
    const again = await restore({ CAIN_RESTORE_ID: undo?.[1] ?? '', CAIN_TABLE: 'shop.visits' });
    expect(again.stderr).to.contain('CAIN_RESTORE_JOURNAL').and.contain('was undone');
  });

  it('restores a copy under another name, beside the living keyspace (long)', async () => {
    const living = await rows();

    const run = await restore({ CAIN_RENAME: 'shop=shop_copy' });

    expect(run.exitCode, run.stderr).to.equal(0);
    expect(await checksumKeyspace(client, 'shop_copy')).to.deep.equal(saved);
    expect(await rows()).to.deep.equal(living);
    await client.execute('DROP KEYSPACE shop_copy');
  });

  it('goes on after kill -9 and after SIGTERM in the middle of the imports, and truncates nothing twice (long)', async () => {
    const id = `drill-${randomUUID()}`;
    const settings = confirmed({ CAIN_RESTORE_ID: id, CAIN_TAG: tag, CAIN_TABLE: 'shop.users,shop.hits' });
    const others = await rows();
    const before = ['users', 'hits'].map((table) => truncates(`shop.${table}`));
    const killed = startCain(['restore'], env(settings));
    await killed.untilOutput(/Truncated table.*hits/);
    killed.kill('SIGKILL');
    await killed.ended;

    const terminated = startCain(['restore'], env(settings));
    await terminated.untilOutput(/Truncated table.*users/);
    terminated.kill('SIGTERM');
    const { exitCode, stderr } = await terminated.ended;

    expect(exitCode, stderr).to.equal(143);
    await expectNothingRuns();
    const other = await restore({ CAIN_TABLE: 'shop.hits' });
    expect(other.exitCode, other.stderr).to.equal(3);
    expect(other.stderr).to.contain('CAIN_RESTORE_JOURNAL').and.contain(id);

    const resumed = await restore(settings);

    expect(resumed.exitCode, resumed.stderr).to.equal(0);
    expect(await rows()).to.deep.equal({ ...others, users: saved.users, hits: saved.hits });
    const after = ['users', 'hits'].map((table) => truncates(`shop.${table}`));
    expect(after.map((count, index) => count - (before[index] ?? 0))).to.deep.equal([1, 1]);
    await expectNothingRuns();

    const again = await restore(settings);
    expect(again.exitCode, again.stderr).to.equal(0);
    expect(again.stdout).to.contain('finished already');
    expect(truncates('shop.hits')).to.equal(after[1]);
  });

  it('refuses a backup of which an object was altered, before it truncates', async () => {
    const count = truncates('shop.hits');
    const present = await rows();
    const key = (await bucket.keys()).find((each) => /\/hits\/.*-Data\.db$/.test(each)) ?? '';
    const file = join(
      cluster.s3.directory,
      cluster.s3.bucket,
      'cain',
      cluster.namespace,
      cluster.clusterName,
      key,
    );
    const bytes = readFileSync(file);
    const altered = Buffer.from(bytes);
    altered[0] = (altered[0] ?? 0) ^ 1;
    writeFileSync(file, altered);
    const left = restoresOnNodes();

    const run = await restore(confirmed({ CAIN_TABLE: 'shop.hits' }));
    writeFileSync(file, bytes);

    expect(run.exitCode, run.stderr).to.equal(5);
    for (const text of ['CAIN_CHECKSUM_MISMATCH', key, tag, 'shop.hits']) expect(run.stderr).to.contain(text);
    expect(truncates('shop.hits')).to.equal(count);
    expect(await rows()).to.deep.equal(present);
    expect(restoresOnNodes()).to.deep.equal(left);
  });

  it('refuses a cluster that is not as the backup knows it: a node or a column is missing, or a column came back', async () => {
    const [, second] = cluster.kubernetes.pods;
    if (second) second.isRemoved = true;
    const withoutPod = await restore(confirmed());
    if (second) second.isRemoved = false;
    await client.execute('ALTER TABLE shop.users DROP prefs');
    const withoutColumn = await restore(confirmed());
    await client.execute('ALTER TABLE shop.users ADD prefs map<text, int>');
    const withColumnAgain = await restore(confirmed());

    const runs = [withoutPod, withoutColumn, withColumnAgain];
    expect(runs.map(({ exitCode }) => exitCode)).to.deep.equal([3, 3, 3]);
    expect(withoutPod.stderr).to.contain('CAIN_RESTORE_MAPPING').and.contain('cassandra-1');
    expect(withoutColumn.stderr)
      .to.contain('CAIN_RESTORE_SCHEMA')
      .and.contain('shop.users lacks column prefs');
    expect(withColumnAgain.stderr).to.contain('shop.users: column prefs was dropped and added again');
  });

  it('refuses a tag that is not there, and says what is', async () => {
    const noTag = await restore({ CAIN_TAG: '20200101000000' });

    expect(noTag.exitCode).to.equal(3);
    expect(noTag.stderr).to.contain('CAIN_NO_BACKUP').and.contain(tag);
  });

  it('cleans up what finished restores left, and no other snapshot', async () => {
    for (const { nodetool } of cluster.nodes) await nodetool('snapshot', '-t', 'mine', 'shop');

    const run = await startCain(['restore', '--clean'], env()).ended;

    expect(run.exitCode, run.stderr).to.equal(0);
    expect(restoresOnNodes()).to.deep.equal([]);
    for (const { nodetool } of cluster.nodes) {
      const { stdout } = await nodetool('listsnapshots');
      expect(stdout).to.contain('mine').and.not.to.contain('cain-undo');
      expect(stdout).not.to.match(/truncated-\d+-(users|hits)/);
    }
  });
});
