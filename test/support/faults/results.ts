import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What came of one fault in one phase, over all the times that it was tried. */
export interface FaultCell {
  /** What was under way: a kind of request, a step, a command. */
  readonly phase: string;
  readonly fault: string;
  readonly outcome: string;
  readonly times: number;
}

export interface SuiteResult {
  /** The file under test/faults, less its ending. */
  readonly suite: string;
  readonly crashPoints: number;
  readonly faults: number;
  /** Injected and never met. */
  readonly unhit: number;
  /** Outcomes that must not be. */
  readonly wrong: number;
  readonly seconds: number;
  /** 1: all of it; 6: every sixth point or case. */
  readonly stride: number;
  /** Of the soak. */
  readonly rounds?: number;
  readonly cells: readonly FaultCell[];
}

export interface FaultResults {
  readonly crashPoints: number;
  readonly faults: number;
  readonly unhit: number;
  readonly wrong: number;
  readonly suites: readonly SuiteResult[];
}

const file = fileURLToPath(new URL('../../faults/results.json', import.meta.url));

export function readResults(): FaultResults {
  if (!existsSync(file)) return summed([]);
  return JSON.parse(readFileSync(file, 'utf8')) as FaultResults;
}

/** Takes the place of the suite's last results. Samples, as in `npm test`, keep nothing: a part would pass for the whole. */
export function keepResult(result: SuiteResult): void {
  if (!process.env.CAIN_FAULT_RESULTS) return;
  const others = readResults().suites.filter(({ suite }) => suite !== result.suite);
  const suites = [...others, result].toSorted((a, b) => (a.suite < b.suite ? -1 : 1));
  writeFileSync(file, `${JSON.stringify(summed(suites), null, 2)}\n`);
}

function summed(suites: readonly SuiteResult[]): FaultResults {
  const sum = (of: (suite: SuiteResult) => number) => suites.reduce((total, suite) => total + of(suite), 0);
  return {
    crashPoints: sum(({ crashPoints }) => crashPoints),
    faults: sum(({ faults }) => faults),
    unhit: sum(({ unhit }) => unhit),
    wrong: sum(({ wrong }) => wrong),
    suites,
  };
}

/** Gathers what a suite saw, and what must not be; the suite fails at its end, when all was tried. */
export interface FaultTally {
  cell(phase: string, fault: string, outcome: string): void;
  crashed(): void;
  injected(count: number): void;
  missed(what: string): void;
  wronged(what: string): void;
  /** Of those that go round after round: how many they were. */
  rounds(count: number): void;
  /** Keeps the result; throws when anything was wrong or missed. */
  finish(): void;
}

/** Which points and cases a suite tries: 1 = all, 6 = every sixth. */
export function strideOf(variable: 'CAIN_CRASH_STRIDE' | 'CAIN_FAULT_STRIDE'): number {
  return Number(process.env[variable] ?? 1);
}

export interface FaultTallyOptions {
  /** Default 1. */
  readonly stride?: number;
}

export function tallyFaults(suite: string, { stride = 1 }: FaultTallyOptions = {}): FaultTally {
  const startedAt = performance.now();
  const cells = new Map<string, { phase: string; fault: string; outcome: string; times: number }>();
  const missing: string[] = [];
  const wrongs: string[] = [];
  let crashPoints = 0;
  let faults = 0;
  let rounds: number | undefined;
  return {
    rounds: (count) => {
      rounds = count;
    },
    cell: (phase, fault, outcome) => {
      const key = `${phase}\n${fault}\n${outcome}`;
      const cell = cells.get(key) ?? { phase, fault, outcome, times: 0 };
      cells.set(key, cell);
      cell.times++;
    },
    crashed: () => void crashPoints++,
    injected: (count) => {
      faults += count;
    },
    missed: (what) => void missing.push(what),
    wronged: (what) => void wrongs.push(what),
    finish: () => {
      const order = (cell: FaultCell) => `${cell.phase}\n${cell.fault}\n${cell.outcome}`;
      keepResult({
        suite,
        crashPoints,
        faults,
        unhit: missing.length,
        wrong: wrongs.length,
        stride,
        ...(rounds === undefined ? {} : { rounds }),
        seconds: Math.round((performance.now() - startedAt) / 1000),
        cells: [...cells.values()].toSorted((a, b) => (order(a) < order(b) ? -1 : 1)),
      });
      if (wrongs.length > 0) throw new Error(`${wrongs.length} wrong outcomes:\n${wrongs.join('\n\n')}`);
      if (missing.length > 0) throw new Error(`Faults that nothing hit:\n${missing.join('\n')}`);
    },
  };
}
