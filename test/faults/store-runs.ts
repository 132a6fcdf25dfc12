import { messageOf } from '../../src/errors.ts';
import { checkNothingIsLeft } from '../support/faults/check-backups.ts';
import type { Lane } from '../support/faults/lane.ts';
import type { FaultTally } from '../support/faults/results.ts';
import { backupOutcome, listedTags } from '../support/faults/run-outcome.ts';
import { seededNumbers } from '../support/faults/seeded-numbers.ts';
import { requestKinds, type StoreFaultCase } from './store-faults.ts';

/** Everything is stored anew, so that every run sends every kind of request. */
const settings = {
  CAIN_FULL: 'true',
  CAIN_S3_PART_SIZE: '5MiB',
  CAIN_RETRIES: '2',
  CAIN_STORE_TIMEOUT: '1s',
  CAIN_KEEP_LAST: '2',
  CAIN_PRUNE_GRACE: '1s',
};

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
  ring.insert('shop', 'media', 'film', 'x'.repeat(6 * 1024 * 1024));
  let before = new Date();
  const counts = await countRequests(lane, tally, env);
  const random = seededNumbers(1);
  for (const [at, each] of cases.entries()) {
    const after = each.lasts ? 0 : Math.floor(random() * (counts.get(each.request) ?? 1));
    const startedAt = performance.now();
    const runsFrom = new Date();
    const outcome = await runCase(lane, tally, { ...each, after, staleSince: before }, env);
    if (outcome === 'whole') before = runsFrom;
    const fault = each.lasts ? `${each.kind}, lasting` : each.kind;
    tally.cell(`${each.request} (${transfer})`, fault, outcome);
    if (process.env.CAIN_FAULT_VERBOSE)
      console.log(
        `${fault} of ${each.request} after ${after}, ${transfer}: ${outcome}, ${Math.round(performance.now() - startedAt)} ms`,
      );
    if (at % 10 === 9) await cleanRun(lane, tally, env);
  }
  await cleanRun(lane, tally, env);
}

async function runCase(
  lane: Lane,
  tally: FaultTally,
  { request, kind, lasts, after, staleSince }: StoreFaultCase & { after: number; staleSince: Date },
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const tags = await listedTags(lane);
  lane.proxy.inject({
    request,
    kind,
    after,
    staleSince,
    ...(lasts ? { times: Number.POSITIVE_INFINITY } : {}),
  });
  const run = await lane.cain([], env);
  const hits = lane.proxy.takeHits();
  tally.injected(hits);
  const what = `${kind} of ${request}${lasts ? ', lasting' : ''}, after ${after}, ${env.CAIN_TRANSFER}`;
  if (hits === 0) tally.missed(what);
  try {
    return await backupOutcome(lane, run, tags);
  } catch (error) {
    tally.wronged(`${what}: ${messageOf(error)}`);
    return 'WRONG';
  }
}

/** Without a fault: whole, and nothing of the failed runs is left. */
async function cleanRun(lane: Lane, tally: FaultTally, env: Readonly<Record<string, string>>): Promise<void> {
  const tags = await listedTags(lane);
  const run = await lane.cain([], env);
  try {
    const outcome = await backupOutcome(lane, run, tags);
    if (outcome !== 'whole') throw new Error(`A run without a fault ${outcome}:\n${run.stderr.slice(-2000)}`);
    await checkNothingIsLeft(lane);
  } catch (error) {
    tally.wronged(`After the faults: ${messageOf(error)}`);
  }
}

/** How many requests of each kind a run sends. */
async function countRequests(
  lane: Lane,
  tally: FaultTally,
  env: Readonly<Record<string, string>>,
): Promise<ReadonlyMap<string, number>> {
  await cleanRun(lane, tally, env);
  await cleanRun(lane, tally, env);
  const counts = new Map<string, number>();
  lane.proxy.onAnswered = (request) => {
    const kind = request.split(' ')[0] ?? '';
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  };
  await cleanRun(lane, tally, env);
  lane.proxy.onAnswered = undefined;
  for (const kind of requestKinds)
    if (!counts.has(kind)) tally.missed(`A backup sends no ${kind} (${env.CAIN_TRANSFER})`);
  return counts;
}
