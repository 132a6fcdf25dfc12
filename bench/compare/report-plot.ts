import { colours, line, picture, rectangle, text } from '../report/svg.ts';
import { type BenchResult, type CaseName, caseNames, type Row } from './result.ts';

type Measured = Exclude<Row, { why: string }>;

const width = 1160;
const left = 160;
const panel = 310;
const gap = 20;
const bar = 15;
const lineHeight = 22;

const titles: Readonly<Record<CaseName, string>> = {
  'large-first': 'First backup, a few large SSTables',
  'restore-large': 'Restore, a few large SSTables',
  'small-first': 'First backup, many small SSTables',
  'second-1-percent': 'Second backup, 1 % new',
  'restore-small': 'Restore, many small SSTables',
};

/** Pure: for each case the tools' wall time, transfer and processor time as bars, each panel with its own scale. */
export function reportPlot({ rows, machine, startedAt }: BenchResult): string {
  const shapes: string[] = [
    text(16, 26, 'Backup and restore of one Cassandra node to S3, side by side', { size: 16, isBold: true }),
    text(
      16,
      44,
      `Medians of interleaved runs, ${machine.cores} cores, ${startedAt.slice(0, 10)}; in brackets the number of rounds. Shorter is better; × is the ratio to a plain copy of the same files (limit).`,
      { colour: colours.faint },
    ),
  ];
  let y = 70;
  for (const name of caseNames) {
    const ofCase = rows.filter((row): row is Measured => row.case === name && !('why' in row));
    if (ofCase.length === 0) continue;
    shapes.push(...casePanels(titles[name], ofCase, y));
    y += 34 + ofCase.length * lineHeight + 16;
  }
  return picture(width, y, 'Cain beside other backup tools', shapes);
}

function casePanels(title: string, rows: readonly Measured[], y: number): readonly string[] {
  const panels = [
    {
      name: 'wall time of the whole run',
      x: left,
      value: (row: Measured) => row.wallSeconds,
      ratio: (row: Measured) => row.wallRatio,
    },
    {
      name: 'the transfer alone, where a tool tells it',
      x: left + panel + gap,
      value: (row: Measured) => row.transferSeconds,
      ratio: (row: Measured) => row.transferRatio,
    },
    {
      name: 'processor time',
      x: left + 2 * (panel + gap),
      value: (row: Measured) => row.cpuSeconds,
      ratio: (row: Measured) => row.cpuRatio,
    },
  ];
  const labels = rows.map((row, index) =>
    text(left - 8, barAt(y, index) + 12, `${row.tool} (${row.rounds})`, {
      anchor: 'end',
      isBold: row.tool.startsWith('cain'),
    }),
  );
  const bars = panels.flatMap(({ name, x, value, ratio }) => {
    const largest = Math.max(...rows.map((row) => value(row) ?? 0));
    return [
      text(x, y + 14, name, { size: 11, colour: colours.faint }),
      line(
        [
          [x, y + 20],
          [x, barAt(y, rows.length)],
        ],
        colours.grid,
      ),
      ...rows.flatMap((row, index) => {
        const own = value(row);
        if (own === undefined) return [];
        // Room for the figures behind the longest bar.
        const length = ((panel - 90) * own) / largest;
        const factor = ratio(row);
        const label = `${seconds(own)}${factor === undefined ? '' : `, ${factor.toFixed(factor < 10 ? 2 : 0)}×`}`;
        return [
          rectangle(
            x,
            barAt(y, index),
            Math.max(1, length),
            bar,
            row.tool.startsWith('cain') ? colours.own : colours.other,
          ),
          text(x + length + 6, barAt(y, index) + 12, label, { size: 11 }),
        ];
      }),
    ];
  });
  return [text(16, y, title, { size: 13, isBold: true }), ...labels, ...bars];
}

function barAt(y: number, index: number): number {
  return y + 24 + index * lineHeight;
}

function seconds(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} s`;
}
