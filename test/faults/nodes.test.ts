import { messageOf } from '../../src/errors.ts';
import type { ExecFaultKind } from '../support/embedded/faults.ts';
import { checkNothingIsLeft } from '../support/faults/check-backups.ts';
import { type Lane, startLane } from '../support/faults/lane.ts';
import { type FaultTally, strideOf, tallyFaults } from '../support/faults/results.ts';
import { backupOutcome, errorCodeOf, listedTags } from '../support/faults/run-outcome.ts';
import { fillShop } from '../support/model/shop.ts';
import { buildCain } from '../support/run-cain.ts';
import { type NodeFaultCase, nodeFaultCases } from './node-faults.ts';

const stride = strideOf('CAIN_FAULT_STRIDE');
const retention = { CAIN_KEEP_LAST: '2', CAIN_PRUNE_GRACE: '1s' };

describe('A backup while nodes misbehave', function () {
  this.timeout(0);
  let tally: FaultTally;

  before(async () => {
    tally = tallyFaults('nodes', stride);
    await buildCain();
  });
  after(() => tally.finish());

  async function inLane(task: (lane: Lane) => Promise<void>): Promise<void> {
    const lane = await startLane({ nodes: 3, spares: 1 });
    try {
      await run(lane, 'without a fault', {}, ['whole']);
      await task(lane);
      await run(lane, 'after all faults', {}, ['whole']);
      await checkNothingIsLeft(lane);
    } finally {
      await lane.stop();
    }
  }

  /** Gives the outcome; one that is not among those wanted is wrong. */
  async function run(
    lane: Lane,
    what: string,
    settings: Readonly<Record<string, string>>,
    wanted: readonly string[],
    afterwards?: () => void,
  ): Promise<string> {
    fillShop(lane.cluster.ring, `${performance.now()}`, 2);
    const tags = await listedTags(lane);
    const cain = await lane.cain([], { ...retention, ...settings });
    try {
      afterwards?.();
      const outcome = await backupOutcome(lane, cain, tags);
      const reason = cain.exitCode === 0 ? 'whole' : (errorCodeOf(cain) ?? '');
      if (!wanted.includes(reason)) throw new Error(`${outcome}\n${cain.stderr.slice(-3000)}`);
      return outcome;
    } catch (error) {
      tally.wronged(`${what}: ${messageOf(error)}`);
      return 'WRONG';
    }
  }

  async function runCase(lane: Lane, each: NodeFaultCase): Promise<void> {
    const what = `${each.phase}: ${each.fault}`;
    const startedAt = performance.now();
    const afterwards = each.arrange(lane);
    tally.injected(1);
    const outcome = await run(lane, what, each.settings ?? {}, each.wanted, afterwards);
    const { faults } = lane.cluster.ring;
    if (faults.unhit().length > 0) tally.missed(what);
    faults.clear();
    tally.cell(each.phase, each.fault, outcome);
    if (process.env.CAIN_FAULT_VERBOSE)
      console.log(`${what}: ${outcome}, ${Math.round(performance.now() - startedAt)} ms`);
    if (!outcome.startsWith('whole')) await run(lane, `The run after ${what}`, {}, ['whole']);
  }

  it('is whole, or failed and says why, and so is the next one', async () => {
    await inLane(async (lane) => {
      for (const each of nodeFaultCases.filter((_, index) => index % stride === 0)) await runCase(lane, each);
    });
  });

  const execFaults: readonly ExecFaultKind[] = [
    'cut',
    'close-without-status',
    'truncate-with-success',
    'stderr-noise',
    'forbidden',
    'stall',
    'freeze',
  ];

  it('is whole, or failed and says why, whichever exec call is cut, shortened, stalled or refused', async () => {
    await inLane(async (lane) => {
      const { exec, faults } = lane.cluster.kubernetes;
      const before = exec.calls.length;
      await run(lane, 'counting the calls', {}, ['whole']);
      const calls = exec.calls.length - before;
      const cases = execFaults.flatMap((kind) => Array.from({ length: calls }, (_, at) => ({ kind, at })));
      for (const { kind, at } of cases.filter((_, index) => index % (3 * stride) === 0)) {
        let passed = 0;
        let purpose = '';
        const injected = faults.add({
          kind,
          afterBytes: kind === 'truncate-with-success' ? 10 : 0,
          match: ({ command }) => {
            purpose = purposeOf(command);
            return passed++ === at;
          },
        });
        tally.injected(1);
        const what = `${kind} of exec call ${at}`;
        const settings = { CAIN_STALL_TIMEOUT: '2s', CAIN_TOOL_TIMEOUT: '5s', CAIN_RETRIES: '2' };
        const outcome = await run(lane, what, settings, anyReason, undefined);
        if (injected.hits === 0 && passed <= at) tally.missed(what);
        faults.clear();
        tally.cell(`exec: ${purpose}`, kind, outcome);
        if (process.env.CAIN_FAULT_VERBOSE) console.log(`${what} (${purpose}): ${outcome}`);
      }
    });
  });
});

/** Failed exec calls may end a run; that it says so is what is asked. */
const anyReason = [
  'whole',
  'CAIN_EXEC_CUT',
  'CAIN_EXEC_STALLED',
  'CAIN_EXEC_REFUSED',
  'CAIN_EXEC_FAILED',
  'CAIN_KUBERNETES_ACCESS',
  'CAIN_KUBERNETES',
  'CAIN_COVERAGE',
  'CAIN_PREFLIGHT',
  'CAIN_TIMEOUT',
  'CAIN_NODE_DOWN',
  'CAIN_OUTPUT_UNREADABLE',
  'CAIN_SNAPSHOT_INCOMPLETE',
];

/** The tool, or the first words of a script. */
function purposeOf(command: readonly string[]): string {
  const script = command[2] ?? command[0] ?? '';
  const tool =
    /nodetool_ (\w+) ?.*\|\| exit|cqlsh_ "?(?:SELECT JSON \S+ FROM )?\S+|tar --\S+|section (\w+)/.exec(
      script.slice(script.lastIndexOf('cqlsh_() {')),
    );
  return (tool?.[0] ?? script.split('\n').at(-2) ?? '').slice(0, 40);
}
