import { messageOf } from '../../src/errors.ts';
import type { ExecFaultKind, ExecToMatch } from '../support/embedded/faults.ts';
import { checkNothingIsLeft } from '../support/faults/check-backups.ts';
import { type Lane, startLane } from '../support/faults/lane.ts';
import { type FaultTally, strideOf, tallyFaults } from '../support/faults/results.ts';
import { backupOutcome, errorCodeOf, listedTags } from '../support/faults/run-outcome.ts';
import { fillShop } from '../support/model/shop.ts';
import { buildCain, type CainRun } from '../support/run-cain.ts';
import { type NodeFaultCase, NotMet, nodeFaultCases } from './node-faults.ts';

const stride = strideOf('CAIN_FAULT_STRIDE');
const retention = { CAIN_KEEP_LAST: '2', CAIN_PRUNE_GRACE: '1s' };

describe('A backup while nodes misbehave', function () {
  this.timeout(0);
  let tally: FaultTally;

  before(async () => {
    tally = tallyFaults('nodes', { stride });
    await buildCain();
  });
  after(() => tally.finish());

  async function inLane(task: (lane: Lane) => Promise<void>): Promise<void> {
    const lane = await startLane({ nodes: 3, spares: 1 });
    try {
      await run(lane, 'without a fault', { wanted: ['whole'] });
      await task(lane);
      await run(lane, 'after all faults', { wanted: ['whole'] });
      await checkNothingIsLeft(lane);
    } finally {
      await lane.stop();
    }
  }

  /** Gives the outcome; one that is not among those wanted is wrong. */
  async function run(
    lane: Lane,
    what: string,
    { settings = {}, wanted, afterwards }: RunToTry,
  ): Promise<string> {
    fillShop(lane.cluster.ring, `${performance.now()}`, 2);
    const tags = await listedTags(lane);
    const cain = await lane.cain([], { ...retention, ...settings });
    try {
      await afterwards?.(cain);
      const outcome = await backupOutcome(lane, cain, tags);
      const reason = cain.exitCode === 0 ? outcome : (errorCodeOf(cain) ?? '');
      if (!wanted.includes(reason)) throw new Error(`${outcome}\n${cain.stderr.slice(-3000)}`);
      return outcome;
    } catch (error) {
      if (error instanceof NotMet) tally.missed(`${what}: ${error.message}`);
      else tally.wronged(`${what}: ${messageOf(error)}`);
      return 'WRONG';
    }
  }

  async function runCase(lane: Lane, each: NodeFaultCase): Promise<void> {
    const what = `${each.phase}: ${each.fault}`;
    const startedAt = performance.now();
    const afterwards = each.arrange(lane);
    const { faults } = lane.cluster.ring;
    if (!afterwards && faults.unhit().length === 0) tally.missed(`${what}: nothing proves that it happened`);
    const { settings = {}, wanted } = each;
    const outcome = await run(lane, what, { settings, wanted, ...(afterwards ? { afterwards } : {}) });
    if (faults.unhit().length > 0) tally.missed(what);
    else tally.injected(1);
    faults.clear();
    tally.cell(each.phase, each.fault, outcome);
    if (process.env.CAIN_FAULT_VERBOSE)
      console.log(`${what}: ${outcome}, ${Math.round(performance.now() - startedAt)} ms`);
    if (outcome !== 'whole') await run(lane, `The run after ${what}`, { wanted: ['whole'] });
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
      const calls = await callsOfARun(lane);
      const cases = execFaults.flatMap((kind) => calls.map((call) => ({ kind, call })));
      for (const each of cases.filter((_, index) => index % stride === 0)) await runExecCase(lane, each);
    });
  });

  async function callsOfARun(lane: Lane): Promise<readonly CallOfARun[]> {
    const { calls } = lane.cluster.kubernetes.exec;
    const before = calls.length;
    await run(lane, 'counting the calls', { settings: execSettings, wanted: ['whole'] });
    const name = nameCalls();
    const found = calls.slice(before).map((call) => ({ name: name(call), stdoutBytes: call.stdoutBytes }));
    if (found.length < leastCalls) tally.missed(`A backup has ${found.length} exec calls, not ${leastCalls}`);
    return found;
  }

  async function runExecCase(
    lane: Lane,
    { kind, call }: { readonly kind: ExecFaultKind; readonly call: CallOfARun },
  ): Promise<void> {
    const { faults } = lane.cluster.kubernetes;
    const what = `${kind} of exec call ${call.name}`;
    let [hits, outcome] = [0, ''];
    // On a busy machine a run may end before it comes to that call, for its short limits.
    for (let tries = 0; hits === 0 && tries < 2; tries++) {
      const name = nameCalls();
      const injected = faults.add({
        kind,
        afterBytes: kind === 'truncate-with-success' ? Math.max(0, Math.min(10, call.stdoutBytes - 1)) : 0,
        match: (exec) => name(exec) === call.name,
      });
      outcome = await run(lane, what, { settings: execSettings, wanted: anyReason });
      hits = injected.hits;
      faults.clear();
    }
    tally.injected(hits);
    if (hits === 0) tally.missed(what);
    tally.cell(`exec: ${call.name.replace(/ in \S+$/, '')}`, kind, outcome);
    if (process.env.CAIN_FAULT_VERBOSE) console.log(`${what}: ${outcome}`);
  }
});

const execSettings = { CAIN_STALL_TIMEOUT: '2s', CAIN_TOOL_TIMEOUT: '5s', CAIN_RETRIES: '2' };

/** Of three nodes: survey, ring with schema, snapshots, listings, files and their clearing, each at least once a node or once. */
const leastCalls = 15;

interface RunToTry {
  readonly settings?: Readonly<Record<string, string>>;
  readonly wanted: readonly string[];
  readonly afterwards?: (cain: CainRun) => void | Promise<void>;
}

interface CallOfARun {
  readonly name: string;
  readonly stdoutBytes: number;
}

/** Calls of several nodes come in any order: each is known by what it is for, the how manieth of these, and its pod. */
function nameCalls(): (exec: ExecToMatch) => string {
  const seen = new Map<string, number>();
  return ({ pod, command }) => {
    const purpose = purposeOf(command);
    const nth = (seen.get(`${pod} ${purpose}`) ?? 0) + 1;
    seen.set(`${pod} ${purpose}`, nth);
    return `${purpose}${nth > 1 ? ` (${nth})` : ''} in ${pod}`;
  };
}

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
