import { readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { checkListedBackups, checkNothingIsLeft } from '../support/faults/check-backups.ts';
import { type Lane, startLane } from '../support/faults/lane.ts';
import { type FaultTally, strideOf, tallyFaults } from '../support/faults/results.ts';
import { errorCodeOf } from '../support/faults/run-outcome.ts';
import { sweepAll } from '../support/faults/sweep-all.ts';
import type { ModelClusterOptions } from '../support/model/cluster.ts';
import { filesIn } from '../support/model/sstables.ts';
import { buildCain, type CainRun } from '../support/run-cain.ts';

const retention = { CAIN_KEEP_LAST: '2', CAIN_PRUNE_GRACE: '1s' };

/** As quoted in CQL: twins by prefix and by case, words of CQL, names that begin with a digit. */
const keyspaces = ['ks', 'ks1', '"Ks"', '"1st"'];
const tables = ['t', 't1', '"T"', '"select"', '"snapshots"'];

/** With all of them a node has 100,000 files. */
const manyTables = Math.ceil(10_000 / strideOf('CAIN_FAULT_STRIDE'));
/** Every so many-th has a second SSTable. */
const perSecondSstable = 4;
const filesPerSstable = 8;

const largeBytes = 2_000_000_000;

describe('Names and sizes', function () {
  this.timeout(0);
  let tally: FaultTally;

  before(async () => {
    tally = tallyFaults('names');
    await buildCain();
  });
  after(() => tally.finish());

  async function inLane(options: ModelClusterOptions, task: (lane: Lane) => Promise<void>): Promise<void> {
    const lane = await startLane(options);
    try {
      await task(lane);
    } finally {
      await lane.stop();
    }
  }

  for (const transfer of ['exec', 'direct'] as const) {
    it(`keeps pods, keyspaces, tables and clusters apart whose names look alike (${transfer} transfer)`, async () => {
      const clusterName = 'Große Küche/東京 #1 %2F+"$(reboot)"';
      await inLane({ pods: ['pod-1', 'pod-10', 'pod-100'], clusterName }, async (lane) => {
        createTwins(lane);
        for (let night = 0; night < 3; night++) {
          fillTwins(lane, night);
          succeeded(await lane.cain([], { ...retention, CAIN_TRANSFER: transfer }));
        }
        expect(await checkListedBackups(lane)).to.equal(2);
        await sweepAll(lane, retention);
        expect(await checkListedBackups(lane)).to.equal(2);
        expect(await sizesOfNewest(lane), 'files of no bytes').to.include(0);
        await restoreNewest(lane, { CAIN_TRANSFER: transfer });
        await checkNothingIsLeft(lane);
      });
      tally.cell(`backup, prune, restore (${transfer})`, 'names that look alike, or need quotes', 'whole');
    });
  }

  it('keeps two clusters of one name in one bucket apart', async () => {
    await inLane({}, (first) =>
      inLane({}, async (second) => {
        const intruder = { ...storeOf(first), CAIN_KEEP_LAST: '1', CAIN_PRUNE_GRACE: '1s' };
        for (let night = 0; night < 2; night++) succeeded(await first.cain([]));
        const keys = await first.bucket().keys();

        for (const args of [[], ['prune']]) {
          const run = await second.cain(args, intruder);
          expect(run.exitCode, run.stderr).to.equal(3);
          expect(errorCodeOf(run)).to.equal('CAIN_FOREIGN_PREFIX');
        }

        expect(await first.bucket().keys()).to.deep.equal(keys);
        expect(await checkListedBackups(first)).to.equal(2);
        succeeded(await first.cain([]));
        tally.cell('backup, prune', "another cluster's prefix", 'failed, exit 3, CAIN_FOREIGN_PREFIX');
      }),
    );
  });

  it('refuses a cluster name that leads out of its place in the bucket', async () => {
    await inLane({ clusterName: 'a/../../b' }, async (lane) => {
      const run = await lane.cain([]);

      expect(run.exitCode, run.stderr).to.equal(3);
      expect(readdirSync(join(lane.cluster.s3.directory, lane.cluster.s3.bucket))).to.deep.equal([]);
      tally.cell('backup', 'a cluster name with ..', `failed, exit 3, ${errorCodeOf(run)}`);
    });
  });

  it('brings back a sparse file of two gigabytes', async () => {
    await inLane({ nodes: 1 }, async (lane) => {
      const path = makeLargeFile(lane);
      const settings = { CAIN_TRANSFER: 'direct', CAIN_S3_PART_SIZE: '64MiB' };
      succeeded(await lane.cain([], settings));
      expect(await checkListedBackups(lane)).to.equal(1);
      rmSync(path);
      writeFileSync(path, '');

      await restoreNewest(lane, settings);

      expect(sizesOfUsers(lane), 'sizes of restored files').to.include(largeBytes);
      tally.cell('backup, restore (direct)', 'a sparse file of 2 GB', 'whole');
    });
  });

  it(`takes ${manyTables} tables on a node, and restores some of them`, async () => {
    await inLane({ nodes: 1 }, async (lane) => {
      fillManyTables(lane);
      // The proxy's part of the processor, a third of all, is not needed here.
      const settings = { AWS_S3_ENDPOINT: lane.cluster.s3.endpoint, CAIN_TRANSFER: 'direct' };
      const first = await lane.cain([], settings);
      succeeded(first);
      lane.cluster.ring.insert('many', 't0', 'row', 'another');
      const second = await lane.cain([], settings);
      succeeded(second);

      expect(await checkListedBackups(lane)).to.equal(2);
      const files = (await sizesOfNewest(lane)).length;
      expect(files).to.be.at.least(filesPerSstable * (manyTables + manyTables / perSecondSstable));
      expect(second.lastCommit?.reusedBytes).to.be.greaterThan(0.9 * Number(second.lastCommit?.bytes));

      const plan = await planRestore(lane, settings);
      const few = await restoreFew(lane, settings);
      await checkNothingIsLeft(lane);
      console.log(
        `      ${files} files: first backup ${first.seconds} s, another ${second.seconds} s, plan of a restore ${plan.seconds} s, restore of ten tables ${few.seconds} s`,
      );
      tally.cell('backup, restore', `${manyTables} tables, ${files} files`, 'whole');
    });
  });
});

function fillManyTables({ cluster: { ring } }: Lane): void {
  ring.schema.create(
    "CREATE KEYSPACE many WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': '1'}",
  );
  const { disk } = ring.member('cassandra-0');
  for (let index = 0; index < manyTables; index++) {
    const name = `t${index}`;
    ring.schema.create(`CREATE TABLE many.${name} (id text PRIMARY KEY, v text)`);
    ring.insert('many', name, 'row', `v ${index}`);
    if (index % perSecondSstable > 0) continue;
    disk.flush(ring.table('many', name));
    ring.insert('many', name, 'second row', `v ${index}`);
  }
}

/** Of all tables; nothing is changed. */
async function planRestore(lane: Lane, settings: Record<string, string>): Promise<CainRun> {
  const saved = allRows(lane);
  const run = await lane.cain(['restore'], { ...settings, CAIN_DRY_RUN: 'true' });
  succeeded(run);
  expect(run.stdout.match(/ many\.t\d+ \(table\): /g)).to.have.length(manyTables);
  expect(allRows(lane)).to.equal(saved);
  return run;
}

/** Ten of them, which were written to since; and another one stays as it is. */
async function restoreFew(lane: Lane, settings: Record<string, string>): Promise<CainRun> {
  const { clusterName, ring } = lane.cluster;
  const tag = (await lane.bucket().catalog()).backups.at(-1)?.tag ?? '';
  ring.insert('many', 't2', 'later', 'v');
  const saved = allRows(lane);
  for (let index = 10; index < 20; index++) ring.insert('many', `t${index}`, 'later', 'v');
  const run = await lane.cain(['restore'], {
    ...settings,
    CAIN_TAG: tag,
    CAIN_TABLE: 'many.t1?',
    CAIN_RESTORE_ID: 'few',
    CAIN_RESTORE_CONFIRM: `${clusterName}/${tag}`,
    CAIN_RESTORE_UNDO: 'clear',
  });
  succeeded(run);
  expect(allRows(lane)).to.equal(saved);
  return run;
}

function succeeded(run: CainRun): void {
  expect(run.exitCode, run.stderr.slice(-3000)).to.equal(0);
}

function createTwins({ cluster: { ring } }: Lane): void {
  for (const keyspace of keyspaces) {
    ring.schema.create(
      `CREATE KEYSPACE ${keyspace} WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': '2'}`,
    );
    for (const table of tables)
      ring.schema.create(`CREATE TABLE ${keyspace}.${table} (id text PRIMARY KEY, v text)`);
  }
}

/** Another row for each table; every other night each node compacts its first table. */
function fillTwins({ cluster: { ring } }: Lane, night: number): void {
  for (const table of ring.schema.tables.values()) {
    if (table.base !== undefined) continue;
    const { keyspace, name } = table;
    for (let row = 0; row < 4; row++)
      ring.insert(keyspace, name, `${keyspace}.${name} ${night} ${row}`, `v ${night}`);
    if (night % 2 === 1 && name === 't') for (const { disk } of ring.members) disk.compact(table);
  }
}

/** The rows of each node and table, which no two have in common. */
function allRows({ cluster: { ring } }: Lane): string {
  return JSON.stringify(
    ring.members.flatMap(({ pod, disk }) =>
      [...ring.schema.tables.values()].map((table) => [
        `${pod} ${table.keyspace}.${table.name}`,
        ...disk.rows(table),
      ]),
    ),
  );
}

/** Of a backup that nothing was written since. */
async function restoreNewest(lane: Lane, extra: Record<string, string>): Promise<void> {
  const { clusterName, ring } = lane.cluster;
  const tag = (await lane.bucket().catalog()).backups.at(-1)?.tag ?? '';
  const saved = allRows(lane);
  for (const { keyspace, name, base } of ring.schema.tables.values())
    if (base === undefined) ring.insert(keyspace, name, 'later', 'v');
  const run = await lane.cain(['restore'], {
    CAIN_TAG: tag,
    CAIN_RESTORE_ID: 'names',
    CAIN_RESTORE_CONFIRM: `${clusterName}/${tag}`,
    CAIN_RESTORE_UNDO: 'clear',
    ...extra,
  });
  succeeded(run);
  expect(allRows(lane)).to.equal(saved);
}

async function sizesOfNewest(lane: Lane): Promise<readonly number[]> {
  const bucket = lane.bucket();
  const manifest = (await bucket.catalog()).backups.at(-1);
  if (!manifest) throw new Error('No backup is listed');
  return (await bucket.inventory(manifest)).map(({ sizeBytes }) => sizeBytes);
}

/** Where another cluster's backups lie. */
function storeOf(lane: Lane): Record<string, string> {
  const names = ['CAIN_DST', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_REGION', 'AWS_S3_ENDPOINT'];
  return Object.fromEntries(Object.entries(lane.env()).filter(([name]) => names.includes(name)));
}

function usersDirectory({ cluster: { ring } }: Lane): string {
  return ring.member('cassandra-0').disk.directoriesOf(ring.table('shop1', 'users'))[0] ?? '';
}

function sizesOfUsers(lane: Lane): readonly number[] {
  const directory = usersDirectory(lane);
  return filesIn(directory)
    .filter((file) => file.endsWith('.db'))
    .map((file) => statSync(join(directory, file)).size);
}

/** A component that the model's nodes never read grows, without a block on the disk. */
function makeLargeFile(lane: Lane): string {
  const { ring } = lane.cluster;
  ring.member('cassandra-0').disk.compact(ring.table('shop1', 'users'));
  const directory = usersDirectory(lane);
  const file = filesIn(directory).find((name) => name.endsWith('-Index.db')) ?? '';
  truncateSync(join(directory, file), largeBytes);
  return join(directory, file);
}
