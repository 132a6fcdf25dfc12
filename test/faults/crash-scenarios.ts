import { checkListedBackups, checkNothingIsLeft } from '../support/faults/check-backups.ts';
import type { CrashScenario } from '../support/faults/crash-lanes.ts';
import type { Lane } from '../support/faults/lane.ts';
import { stagedFiles } from '../support/faults/staged-files.ts';
import { sweepAll } from '../support/faults/sweep-all.ts';
import { fillShop, shopRows, shopTables } from '../support/model/shop.ts';
import { filesIn } from '../support/model/sstables.ts';
import type { CainRun } from '../support/run-cain.ts';

/** What keeps the number of backups small, and makes every run expire and sweep. */
const retention = { CAIN_KEEP_LAST: '2', CAIN_PRUNE_GRACE: '1s' };

function succeeded(what: string, run: CainRun): void {
  if (run.exitCode !== 0)
    throw new Error(`${what} ended with ${run.exitCode ?? run.signal}:\n${run.stdout}${run.stderr}`);
}

/** New rows, and now and then a compaction: files come, stay and go. */
function live(lane: Lane, at: number): void {
  const { ring } = lane.cluster;
  if (at % 3 === 0) {
    fillShop(ring, `point ${at}`, 3);
    for (const [keyspace, table] of shopTables)
      for (const { disk } of ring.members) disk.compact(ring.table(keyspace, table));
  } else ring.insert('shop1', 'users', `point ${at}`, 'v');
}

async function isListed(lane: Lane, run: CainRun, dst?: string): Promise<boolean> {
  const tag = /"tag":"(\d{14})"/.exec(run.stderr)?.[1] ?? /"tag":"(\d{14})"/.exec(run.stdout)?.[1];
  return (await lane.bucket(dst).catalog()).backups.some((backup) => backup.tag === tag);
}

type Rows = ReturnType<typeof shopRows>;

/** A backup is as good as its restore: after other rows came, the newest brings back those that it was taken of. */
async function restoreNewest(lane: Lane, dst?: Record<string, string>): Promise<void> {
  const { ring, clusterName } = lane.cluster;
  const backup = await lane.cain([], { ...retention, ...dst });
  succeeded('The last backup', backup);
  const rows = shopRows(ring);
  fillShop(ring, 'after the last backup', 5);
  const tag = String(backup.lastCommit?.tag);
  const settings = {
    CAIN_TAG: tag,
    CAIN_RESTORE_ID: `newest-${tag}`,
    CAIN_RESTORE_CONFIRM: `${clusterName}/${tag}`,
    CAIN_RESTORE_UNDO: 'clear',
    ...dst,
  };
  succeeded('The restore of the newest backup', await lane.cain(['restore'], settings));
  expectRows(lane, rows);
  checkOnlyJournals(lane);
  await checkClean(lane);
}

function expectRows(lane: Lane, rows: Rows | undefined): void {
  if (JSON.stringify(shopRows(lane.cluster.ring)) !== JSON.stringify(rows))
    throw new Error('Other rows than in the backup');
}

/** No garbage once the grace is over; all that is listed verifies, and the newest restores. */
async function sweepAndRestore(lane: Lane): Promise<void> {
  await sweepAll(lane, retention);
  await checkListedBackups(lane);
  succeeded('verify', await lane.cain(['verify', '--full']));
  await restoreNewest(lane);
}

/** A nightly run with its retention, on a cluster that has had many. */
export const backupCrashes: CrashScenario = {
  phase: 'backup',
  leastEffects: 80,
  prepare: async (lane) => succeeded('The first backup', await lane.cain([], retention)),
  strike: async (lane, at) => {
    live(lane, at);
    return await lane.cainKilledAt(at, [], retention);
  },
  check: async (lane, _at, { run }) => {
    await checkListedBackups(lane);
    const outcome = (await isListed(lane, run))
      ? 'committed; the next run is whole'
      : 'not committed; the next run is whole';
    succeeded('The next run', await lane.cain([], retention));
    await checkListedBackups(lane);
    await checkNothingIsLeft(lane);
    return outcome;
  },
  finish: sweepAndRestore,
};

/** The very first run of a cluster, each time in an empty prefix of the bucket. */
export const firstBackupCrashes: CrashScenario = {
  phase: 'first backup',
  leastEffects: 120,
  strike: async (lane, at) => await lane.cainKilledAt(at, [], firstDst(lane, at)),
  check: async (lane, at, { run }) => {
    const dst = `first-${at}`;
    await checkListedBackups(lane, dst);
    const outcome = (await isListed(lane, run, dst))
      ? 'committed; the next run is whole'
      : 'not committed; the next run is whole';
    succeeded('The next run', await lane.cain([], firstDst(lane, at)));
    if ((await checkListedBackups(lane, dst)) === 0) throw new Error('No backup is listed');
    await checkNothingIsLeft(lane, dst);
    return outcome;
  },
  finish: (lane, lastAt) => restoreNewest(lane, firstDst(lane, lastAt)),
};

function firstDst(lane: Lane, at: number): Record<string, string> {
  return { CAIN_DST: `s3://${lane.cluster.s3.bucket}/first-${at}` };
}

/** A prune that has a backup to expire and objects of an earlier one to sweep. */
export const pruneCrashes: CrashScenario = {
  phase: 'prune',
  leastEffects: 10,
  prepare: async (lane) => {
    for (let each = 0; each < 3; each++) succeeded('A backup', await lane.cain([]));
  },
  strike: async (lane, at) => {
    live(lane, at);
    succeeded('A backup', await lane.cain([]));
    return await lane.cainKilledAt(at, ['prune'], retention);
  },
  check: async (lane) => {
    await checkListedBackups(lane);
    succeeded('The next prune', await lane.cain(['prune'], retention));
    if ((await checkListedBackups(lane)) !== 2) throw new Error('Other than two backups are listed');
    await checkNothingIsLeft(lane);
    return 'nothing needed is gone; the next prune ends it';
  },
  finish: sweepAndRestore,
};

const saved = new WeakMap<Lane, { readonly tag: string; readonly rows: Rows }>();

/** A restore of tables that are not empty, resumed by the Job's next pod. */
export const restoreCrashes: CrashScenario = {
  phase: 'restore',
  leastEffects: 80,
  prepare: async (lane) => {
    const run = await lane.cain([]);
    succeeded('The backup', run);
    saved.set(lane, { tag: String(run.lastCommit?.tag), rows: shopRows(lane.cluster.ring) });
  },
  strike: async (lane, at) => {
    live(lane, at);
    return await lane.cainKilledAt(at, ['restore'], restoreSettings(lane, at));
  },
  check: async (lane, at, { killedAfter }) => {
    const { ring } = lane.cluster;
    const isFinished = killedAfter === undefined;
    if (!isFinished)
      succeeded('The resumed restore', await lane.cain(['restore'], restoreSettings(lane, at)));
    expectRows(lane, saved.get(lane)?.rows);
    checkOnlyJournals(lane);
    for (const { pod, compactionOff } of ring.members)
      if (compactionOff.size > 0)
        throw new Error(`Automatic compaction stays off on ${pod}: ${[...compactionOff].join(', ')}`);
    await checkNothingIsLeft(lane);
    if (at % 8 < 2 || isFinished) await checkClean(lane);
    return 'resumed; the rows of the backup, nothing else';
  },
  finish: checkClean,
};

function restoreSettings(lane: Lane, at: number): Record<string, string> {
  const tag = saved.get(lane)?.tag ?? '';
  return {
    CAIN_RESTORE_ID: `point-${at}`,
    CAIN_TAG: tag,
    CAIN_RESTORE_CONFIRM: `${lane.cluster.clusterName}/${tag}`,
    CAIN_RESTORE_UNDO: 'clear',
  };
}

/** A restore that ended leaves its journal and nothing else. */
function checkOnlyJournals(lane: Lane): void {
  for (const { pod, disk } of lane.cluster.ring.members) {
    const left = stagedFiles(disk.dataDirectories);
    if (left.length > 0) throw new Error(`${pod} still holds ${left.join(', ')} of a restore that ended`);
  }
}

/** Nothing of any restore on the nodes. */
async function checkClean(lane: Lane): Promise<void> {
  succeeded('restore --clean', await lane.cain(['restore', '--clean']));
  for (const { pod, disk } of lane.cluster.ring.members) {
    for (const directory of disk.dataDirectories) {
      const left = filesIn(directory).filter((name) => !['shop', 'shop1'].includes(name));
      if (left.length > 0) throw new Error(`${pod} holds ${left.join(', ')} of a restore`);
    }
    if (disk.snapshots().size > 0)
      throw new Error(`${pod} holds snapshots: ${[...disk.snapshots()].join(', ')}`);
  }
}
