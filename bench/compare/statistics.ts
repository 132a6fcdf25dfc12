import type { CaseName, Measurement, Row, Sides, ToolName } from './result.ts';

/** Of an even number the mean of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (lower + upper) / 2;
}

const slowSeconds = 60;
const slowRatio = 3;

/**
 * Whether one round is enough of a tool: its others would be the better part of the whole. Far slower than the fastest it
 * must be too: of large data sets every round takes long.
 */
export function hasShownEnough(seconds: number, fastestSeconds: number): boolean {
  return seconds > slowSeconds && seconds > slowRatio * fastestSeconds;
}

export interface RoundsOfTool {
  readonly case: CaseName;
  readonly tool: ToolName;
  /** By round; undefined = it sat that round out. */
  readonly rounds: ReadonlyArray<Measurement | undefined>;
  /** Of `limit`, by round. */
  readonly limits: ReadonlyArray<Measurement | undefined>;
}

/** One row of medians. A ratio is taken within a round, where both met the same machine, and its median after that. */
export function rowOf({ case: caseName, tool, rounds, limits }: RoundsOfTool): Row {
  const measured = rounds.filter((round) => round !== undefined);
  const wallRatio = medianRatio(rounds, limits, ({ wallSeconds }) => wallSeconds);
  const transferRatio = medianRatio(rounds, limits, ({ transferSeconds }) => transferSeconds);
  const cpuRatio = medianRatio(rounds, limits, ({ cpuSeconds }) => cpuSeconds);
  const sides = measured.map((round) => round.sides).filter((each) => each !== undefined);
  return {
    case: caseName,
    tool,
    ...mediansOf(measured, ['wallSeconds', 'cpuSeconds', 'peakRssBytes', 's3Requests', 'bytes']),
    rounds: measured.length,
    ...defined({
      transferSeconds: medianOfTold(measured.map(({ transferSeconds }) => transferSeconds)),
      databaseCpuSeconds: medianOfTold(measured.map(({ databaseCpuSeconds }) => databaseCpuSeconds)),
      restartSeconds: medianOfTold(measured.map(({ restartSeconds }) => restartSeconds)),
      wallRatio,
      transferRatio,
      cpuRatio,
    }),
    ...(sides.length > 0 ? { sides: medianSides(sides) } : {}),
  };
}

function medianSides(sides: readonly Sides[]): Sides {
  return mediansOf(sides, [
    'cainCpuSeconds',
    'podCpuSeconds',
    'cainPeakRssBytes',
    'podPeakRssBytes',
    'apiServerBytes',
    'execCalls',
  ]);
}

function medianOfTold(values: ReadonlyArray<number | undefined>): number | undefined {
  const told = values.filter((value) => value !== undefined);
  return told.length === 0 ? undefined : rounded(median(told));
}

function defined<Key extends string>(
  values: Readonly<Record<Key, number | undefined>>,
): Partial<Record<Key, number>> {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<Record<Key, number>>;
}

function medianRatio(
  rounds: RoundsOfTool['rounds'],
  limits: RoundsOfTool['limits'],
  of: (measurement: Measurement) => number | undefined,
): number | undefined {
  const ratios = rounds.flatMap((round, index) => {
    const limit = limits[index];
    const [own, least] = [round && of(round), limit && of(limit)];
    return own !== undefined && least !== undefined && least > 0 ? [own / least] : [];
  });
  return ratios.length === 0 ? undefined : rounded(median(ratios));
}

function mediansOf<Key extends string>(
  values: ReadonlyArray<Readonly<Record<Key, number>>>,
  keys: readonly Key[],
): Record<Key, number> {
  const entries = keys.map((key) => [key, rounded(median(values.map((value) => value[key])))] as const);
  return Object.fromEntries(entries) as Record<Key, number>;
}

/** To hundredths: more would only look exact. */
function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
