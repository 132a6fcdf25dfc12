import { colours, dot, line, picture, text } from '../report/svg.ts';
import { type ScaleResult, type ScaleRow, scaleSteps } from './scale-result.ts';

const width = 920;
const height = 360;
const top = 80;
const bottom = 310;
const panelWidth = 340;
/** After the width of the names. */
const legendAt = [620, 750, 800];
const stepColours = { 'plan-and-commit': colours.own, list: '#8250df', prune: '#0969da' } as const;

interface Panel {
  readonly title: string;
  readonly x: number;
  readonly value: (row: ScaleRow) => number;
  /** Gridlines. */
  readonly marks: readonly number[];
  readonly isLogarithmic: boolean;
}

/** Pure: peak memory (by even steps) and time (by powers of ten) over the number of files (by powers of ten). */
export function scalePlot({ rows, startedAt }: ScaleResult): string {
  const megabytes = ({ peakRssBytes }: ScaleRow): number => peakRssBytes / 2 ** 20;
  const mostMegabytes = Math.max(250, ...rows.map(megabytes));
  const memoryMarks = Array.from({ length: Math.ceil(mostMegabytes / 50) + 1 }, (_, index) => index * 50);
  const powers = Math.ceil(Math.log10(Math.max(10, ...rows.map(({ wallSeconds }) => wallSeconds))));
  const timeMarks = Array.from({ length: powers + 1 }, (_, power) => 10 ** power);
  const panels: readonly Panel[] = [
    { title: 'Peak memory, MiB', x: 60, value: megabytes, marks: memoryMarks, isLogarithmic: false },
    {
      title: 'Time, seconds',
      x: 500,
      value: ({ wallSeconds }) => wallSeconds,
      marks: timeMarks,
      isLogarithmic: true,
    },
  ];
  return picture(width, height, 'Memory and time by the number of files', [
    text(16, 26, 'Backup and prune without the bytes, by the number of files', { size: 16, isBold: true }),
    text(16, 44, `5,000 files a node, up to 1,000 nodes; ${startedAt.slice(0, 10)}`, {
      colour: colours.faint,
    }),
    ...scaleSteps.map((step, index) =>
      text(legendAt[index] ?? 0, 44, step, { colour: stepColours[step], isBold: true }),
    ),
    ...panels.flatMap((panel) => panelShapes(panel, rows)),
  ]);
}

function panelShapes(
  { title, x, value, marks, isLogarithmic }: Panel,
  rows: readonly ScaleRow[],
): readonly string[] {
  const across = scale(
    rows.map(({ files }) => files),
    [x, x + panelWidth],
    true,
  );
  const up = scale(marks, [bottom, top], isLogarithmic);
  const sizes = [...new Set(rows.map(({ files }) => files))];
  return [
    text(x, top - 12, title, { size: 11, colour: colours.faint }),
    ...marks.flatMap((mark) => [
      line(
        [
          [x, up(mark)],
          [x + panelWidth, up(mark)],
        ],
        colours.grid,
      ),
      text(x - 6, up(mark) + 4, String(mark), { size: 10, anchor: 'end', colour: colours.faint }),
    ]),
    ...sizes.map((files) =>
      text(across(files), bottom + 18, files.toLocaleString('en'), {
        size: 10,
        anchor: 'middle',
        colour: colours.faint,
      }),
    ),
    ...scaleSteps.flatMap((step) => {
      const points = rows
        .filter((row) => row.step === step)
        .map((row) => [across(row.files), up(Math.max(value(row), marks[0] ?? 0))] as const);
      return [
        line(points, stepColours[step], 2),
        ...points.map(([left, high]) => dot(left, high, stepColours[step])),
      ];
    }),
    text(x + panelWidth / 2, bottom + 38, 'files of one backup', {
      size: 11,
      anchor: 'middle',
      colour: colours.faint,
    }),
  ];
}

/** Pure: maps the range of `values` onto pixels; one value alone lies at the start. */
export function scale(
  values: readonly number[],
  [from, to]: readonly [number, number],
  isLogarithmic: boolean,
): (value: number) => number {
  const place = (value: number): number => (isLogarithmic ? Math.log10(value) : value);
  const smallest = place(Math.min(...values));
  const span = place(Math.max(...values)) - smallest || 1;
  return (value) => from + ((place(value) - smallest) / span) * (to - from);
}
