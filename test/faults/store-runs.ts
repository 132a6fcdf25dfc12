import { messageOf } from '../../src/errors.ts';
import { checkListedBackups, checkNothingIsLeft } from '../support/faults/check-backups.ts';
import type { Lane } from '../support/faults/lane.ts';
import type { FaultTally } from '../support/faults/results.ts';
import { backupOutcome, listedTags } from '../support/faults/run-outcome.ts';
import { seededNumbers } from '../support/faults/seeded-numbers.ts';
import { graceIsOver, sweepAll } from '../support/faults/sweep-all.ts';
import { shopTables } from '../support/model/shop.ts';
import type { S3Fault } from '../support/s3-fault-proxy.ts';
import { requestKinds, type StoreFaultCase } from './store-faults.ts';

const retention = { CAIN_KEEP_LAST: '2', CAIN_PRUNE_GRACE: '1s' };
const settings = {
  CAIN_S3_PART_SIZE: '5MiB',
  CAIN_RETRIES: '2',
  CAIN_STORE_TIMEOUT: '1s',
  ...retention,
};

/**
 * What a night brings, so that every run sends every kind of request: a large file anew, small ones that come, and
 * others that stay and are shared by backups, until every fourth night compacts them too.
 */
function live({ cluster: { ring } }: Lane, night: number): void {
  ring.insert('shop', 'media', 'film', `${night} ${'x'.repeat(6 * 1024 * 1024)}`);
  ring.insert('shop1', 'users', `user ${night}`, `v ${night}`);
  const compacted = night % 4 === 0 ? [...shopTables, mediaTable] : [mediaTable];
  for (const [keyspace, table] of compacted)
    for (const { disk } of ring.members) disk.compact(ring.table(keyspace, table));
}
const mediaTable = ['shop', 'media'] as const;

/** Each case in a backup of its own; between them, and at the end, backups without a fault. */
export async function runStoreCases(
  lane: Lane,
  tally: FaultTally,
  cases: readonly StoreFaultCase[],
  transfer: 'exec' | 'direct',
): Promise<void> {
  const env = { ...settings, CAIN_TRANSFER: transfer };
  const { ring } = lane.cluster;
  ring.schema.create('CREATE TABLE shop.media (id text PRIMARY KEY, v text)');
  let before = new Date();
  const counts = await countRequests(lane, tally, env);
  const random = seededNumbers(1);
  for (const [at, each] of cases.entries()) {
    const after = each.lasts ? 0 : Math.floor(random() * (counts.get(each.request) ?? 1));
    const startedAt = performance.now();
    live(lane, at);
    const runsFrom = new Date();
    const stale = { staleSince: before, ...(each.isOwnListed ? { staleUntil: runsFrom } : {}) };
    const outcome = await runCase(lane, tally, { ...each, after, ...stale }, env);
    if (outcome.startsWith('whole')) before = runsFrom;
    const fault = faultName(each);
    tally.cell(`${each.request} (${transfer})`, fault, outcome);
    if (process.env.CAIN_FAULT_VERBOSE)
      console.log(
        `${fault} of ${each.request} after ${after}, ${transfer}: ${outcome}, ${Math.round(performance.now() - startedAt)} ms`,
      );
    if (at % 20 !== 19) continue;
    await cleanRun(lane, tally, env);
    await warmUp(lane, env, 1);
  }
  await cleanRun(lane, tally, env);
}

async function runCase(
  lane: Lane,
  tally: FaultTally,
  given: StoreFaultCase & Pick<S3Fault, 'after' | 'staleSince' | 'staleUntil'>,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const { lasts, ...each } = given;
  const tags = await listedTags(lane);
  lane.proxy.inject({ ...each, ...(lasts ? { times: Number.POSITIVE_INFINITY } : {}) });
  const run = await lane.cain([], env);
  const hits = lane.proxy.takeHits();
  tally.injected(hits);
  const what = `${faultName({ lasts, ...each })} of ${each.request}, after ${each.after}, ${env.CAIN_TRANSFER}`;
  try {
    const outcome = await backupOutcome(lane, run, tags);
    // A run that had less to do than the one that was counted: the first such request is always there.
    if (hits === 0 && (each.after ?? 0) > 0) return await runCase(lane, tally, { ...given, after: 0 }, env);
    if (hits === 0) tally.missed(what);
    return outcome;
  } catch (error) {
    tally.wronged(`${what}: ${messageOf(error)}`);
    return 'WRONG';
  }
}

function faultName({ kind, lasts, isOwnListed }: StoreFaultCase): string {
  if (isOwnListed) return `${kind} of the backup before`;
  return lasts ? `${kind}, lasting` : kind;
}

/** Without a fault: whole, and nothing of the failed runs is left, no object either. */
async function cleanRun(lane: Lane, tally: FaultTally, env: Readonly<Record<string, string>>): Promise<void> {
  const tags = await listedTags(lane);
  const run = await lane.cain([], env);
  try {
    const outcome = await backupOutcome(lane, run, tags);
    if (outcome !== 'whole') throw new Error(`A run without a fault ${outcome}:\n${run.stderr.slice(-2000)}`);
    await checkNothingIsLeft(lane);
    await sweepAll(lane, retention);
    await checkListedBackups(lane);
  } catch (error) {
    tally.wronged(`After the faults: ${messageOf(error)}`);
  }
}

/** Nights without a fault, the last of which leaves the next one something to sweep. */
async function warmUp(lane: Lane, env: Readonly<Record<string, string>>, nights: number): Promise<void> {
  for (let night = 1; night <= nights; night++) {
    live(lane, night);
    await lane.cain([], env);
  }
  await graceIsOver();
}

/** How many requests of each kind a run sends. */
async function countRequests(
  lane: Lane,
  tally: FaultTally,
  env: Readonly<Record<string, string>>,
): Promise<ReadonlyMap<string, number>> {
  await warmUp(lane, env, 3);
  live(lane, 1);
  const counts = new Map<string, number>();
  lane.proxy.onAnswered = (request) => {
    const kind = request.split(' ')[0] ?? '';
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  };
  const run = await lane.cain([], env);
  lane.proxy.onAnswered = undefined;
  if (run.exitCode !== 0)
    tally.wronged(`Without a fault, ended with ${run.exitCode}:\n${run.stderr.slice(-2000)}`);
  for (const kind of requestKinds)
    if (!counts.has(kind)) tally.missed(`A backup sends no ${kind} (${env.CAIN_TRANSFER})`);
  return counts;
}
