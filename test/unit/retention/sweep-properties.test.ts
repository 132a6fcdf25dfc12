import { expect } from 'chai';
import fc from 'fast-check';
import { fence, readCatalog, unfinishedTags } from '../../../src/store/catalog.ts';
import { parseInventoryLine } from '../../../src/store/inventory.ts';
import { readJsonLines } from '../../../src/store/json-lines.ts';
import { parseDataKey } from '../../../src/store/layout.ts';
import { dayMs, type History, hourMs, objectKey, startHistory } from '../../support/history.ts';
import { runSweep } from '../../support/run-sweep.ts';

const never = new AbortController().signal;
const pods = ['pod-1', 'pod-10', 'pod-1-a'];

type Step =
  | {
      readonly kind: 'backup' | 'crash';
      readonly plan: string;
      readonly pods: number;
      readonly picks: number;
      readonly sum: string;
    }
  | { readonly kind: 'expire'; readonly pick: number }
  | { readonly kind: 'wait'; readonly hours: number }
  | { readonly kind: 'sweep' };

const run = fc.record({
  kind: fc.constantFrom('backup' as const, 'backup' as const, 'crash' as const),
  plan: fc.constantFrom('daily', 'hourly'),
  pods: fc.integer({ min: 1, max: 7 }),
  picks: fc.nat(),
  sum: fc.constantFrom('aaaaaa', 'aaaaaa', 'bbbbbb'),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  run,
  run,
  fc.record({ kind: fc.constant('expire' as const), pick: fc.nat() }),
  fc.record({ kind: fc.constant('wait' as const), hours: fc.constantFrom(1, 13, 25) }),
  fc.record({ kind: fc.constant('sweep' as const) }),
);

/** What a run may reuse of a pod, as `file@tag`: what live backups point at and what fenced runs stored. */
async function reusable(history: History, pod: string): Promise<readonly string[]> {
  const catalog = await readCatalog(history.store, never);
  const keys = new Set<string>();
  for (const { nodes } of catalog.backups) {
    for (const { inventory } of nodes.filter((node) => node.pod === pod)) {
      for await (const value of readJsonLines(history.store, inventory.key))
        keys.add(parseInventoryLine(value, inventory.key).object.key);
    }
  }
  for (const { tag } of catalog.abandoned) {
    for (const key of history.keys()) {
      const parts = parseDataKey(key);
      if (parts?.tag === tag && parts.pod === pod) keys.add(key);
    }
  }
  return [...keys].map((key) => `${parseDataKey(key)?.file}@${parseDataKey(key)?.tag}`).toSorted();
}

async function take(history: History, spec: Extract<Step, { picks: number }>): Promise<void> {
  history.wait(60_000);
  for (const tag of unfinishedTags(await readCatalog(history.store, never)))
    await fence(history.store, tag, never);
  const nodes: Record<string, string[]> = {};
  for (const [index, pod] of pods.entries()) {
    if (((spec.pods >> index) & 1) === 0) continue;
    const reused = (await reusable(history, pod)).filter((_, file) => (spec.picks >> (file % 30)) & 1);
    const names = new Set(reused.map((name) => name.split('@')[0]));
    nodes[pod] = [
      ...reused.filter(
        (name, at) => reused.findIndex((other) => other.split('@')[0] === name.split('@')[0]) === at,
      ),
    ];
    const fresh = ['a', 'b', 'c', 'd'].find((name) => !names.has(name));
    if (fresh) nodes[pod].push(fresh);
  }
  const { plan, sum } = spec;
  if (spec.kind === 'crash') await history.crash({ plan, sum, nodes });
  else await history.backup({ plan, sum, nodes });
}

async function expireOne(history: History, pick: number): Promise<void> {
  const { backups } = await readCatalog(history.store, never);
  const older = backups.filter(({ plan, tag }) =>
    backups.some((other) => other.plan === plan && other.tag > tag),
  );
  const chosen = older[pick % Math.max(1, older.length)];
  if (chosen) await history.expire(chosen.tag);
}

/** Keys that live backups, and those that expired within the grace, point at. */
async function needed(history: History): Promise<ReadonlySet<string>> {
  const { backups, expired } = await readCatalog(history.store, never);
  const inGrace = expired.filter(({ since }) => history.now().getTime() - since.getTime() <= dayMs);
  const inventories = [
    ...backups.flatMap(({ nodes }) => nodes.map(({ inventory }) => inventory.key)),
    ...inGrace.flatMap(({ record }) => record.nodes.map(({ inventoryKey }) => inventoryKey)),
  ];
  const keys = new Set<string>();
  for (const inventory of inventories) {
    for await (const value of readJsonLines(history.store, inventory))
      keys.add(parseInventoryLine(value, inventory).object.key);
  }
  return keys;
}

async function play(steps: readonly Step[]): Promise<History> {
  const history = startHistory();
  await history.store.put(
    objectKey({ tag: '20200101000000', pod: 'pod-1', file: 'a' }),
    Buffer.from('foreign'),
  );
  for (const next of steps) {
    if (next.kind === 'wait') history.wait(next.hours * hourMs);
    else if (next.kind === 'expire') await expireOne(history, next.pick);
    else if (next.kind === 'sweep') await sweepAndCheck(history);
    else await take(history, next);
  }
  return history;
}

async function sweepAndCheck(history: History): Promise<void> {
  await runSweep(history);
  const wanted = await needed(history);
  for (const key of wanted) expect(history.has(key), key).to.equal(true);
}

describe('sweep, whatever happened before', function () {
  this.timeout(120_000);

  it('keeps every object that an inventory needs, and in the end nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const history = await play(steps);
        await sweepAndCheck(history);

        history.wait(2 * dayMs);
        await sweepAndCheck(history);

        const wanted = await needed(history);
        const left = history.keys().filter((key) => parseDataKey(key) && !key.includes('20200101000000'));
        expect(left).to.deep.equal([...wanted].toSorted());
        expect(history.has(objectKey({ tag: '20200101000000', pod: 'pod-1', file: 'a' }))).to.equal(true);
      }),
      { numRuns: 60 },
    );
  });
});
