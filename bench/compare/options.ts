import { type CaseName, caseNames, type ToolName, toolNames } from './result.ts';

export interface BenchOptions {
  readonly largeBytes: number;
  readonly smallFiles: number;
  /** At most. */
  readonly rounds: number;
  /** No further round begins once a case has had its share of these. */
  readonly minutes: number;
  readonly cases: readonly CaseName[];
  readonly tools: readonly ToolName[];
  readonly resultDirectory: string;
}

/** Pure: CAIN_BENCH_* of the environment, so that one line in a terminal can ask for more, or for less. */
export function readOptions(
  environment: Readonly<Record<string, string | undefined>>,
  resultDirectory: string,
): BenchOptions {
  const number = (name: string, usual: number): number => {
    const value = Number(environment[name] || usual);
    if (Number.isInteger(value) && value > 0) return value;
    throw new Error(`${name} must be a whole number above 0`);
  };
  return {
    largeBytes: number('CAIN_BENCH_LARGE_MB', 1_000) * 1e6,
    smallFiles: number('CAIN_BENCH_SMALL_FILES', 10_000),
    rounds: number('CAIN_BENCH_ROUNDS', 3),
    minutes: number('CAIN_BENCH_MINUTES', 15),
    cases: chosen('CAIN_BENCH_CASES', environment.CAIN_BENCH_CASES, caseNames),
    tools: chosen('CAIN_BENCH_TOOLS', environment.CAIN_BENCH_TOOLS, toolNames),
    resultDirectory: environment.CAIN_BENCH_RESULTS || resultDirectory,
  };
}

function chosen<Name extends string>(
  variable: string,
  value: string | undefined,
  names: readonly Name[],
): readonly Name[] {
  if (!value) return names;
  const wanted = value.split(',').map((name) => name.trim());
  const unknown = wanted.find((name) => !names.some((known) => known === name));
  if (unknown !== undefined) throw new Error(`${variable}: ${unknown} is none of ${names.join(', ')}`);
  return names.filter((name) => wanted.includes(name));
}
