import { type Cell, markdownTable } from '../report/markdown.ts';
import { type BenchResult, caseNames, type Row } from './result.ts';
import { summaryTable } from './summary-table.ts';

/** Pure: the whole report as Markdown. */
export function reportText(result: BenchResult, plotFile: string): string {
  const { machine, versions, dataSets, notes, rows } = result;
  return [
    '# Side by side',
    '',
    `![Wall time and processor time of each tool](${plotFile})`,
    '',
    `Measured ${result.startedAt.slice(0, 10)} on ${machine.cores} cores (${machine.processor}), ${Math.round(Number(machine.memoryBytes) / 2 ** 30)} GiB, by \`npm run bench\`; S3 server and Cassandra on the same machine.`,
    `${listOf(versions)}. Data: ${Object.entries(dataSets)
      .map(([name, { files, bytes }]) => `${name} ${files} files of ${megabytes(bytes)} MB`)
      .join('; ')}.`,
    '',
    summaryTable(result),
    ...caseNames.flatMap((name) => caseText(name, rows)),
    '## Cain’s two sides',
    '',
    sidesTable(rows),
    '## How to read it',
    '',
    ...notes.map((note) => `- ${note}`),
    '',
  ].join('\n');
}

function caseText(name: Row['case'], rows: readonly Row[]): readonly string[] {
  const ofCase = rows.filter((row) => row.case === name);
  if (ofCase.length === 0) return [];
  const titles = [
    'tool',
    'rounds',
    'wall s, whole run',
    '× limit',
    'transfer alone s',
    '× limit',
    'CPU s',
    '× limit',
    'CPU s of Cassandra',
    'peak MiB',
    'S3 requests',
    'MB',
  ];
  const missing = ofCase.flatMap((row) =>
    'why' in row ? [`- ${row.tool}: ${row.why.replaceAll('\n', ' ')}`] : [],
  );
  const cells = ofCase.flatMap((row) => ('why' in row ? [] : [cellsOf(row)]));
  const restarts = ofCase.flatMap((row) =>
    'why' in row || row.restartSeconds === undefined
      ? []
      : [`- ${row.tool}: ${row.restartSeconds.toFixed(1)} s of it are the stop and start of Cassandra.`],
  );
  const lines = [...restarts, ...missing];
  return [`## ${name}`, '', markdownTable(titles, cells), ...lines, ...(lines.length > 0 ? [''] : [])];
}

function cellsOf(row: Exclude<Row, { why: string }>): readonly Cell[] {
  return [
    row.tool,
    row.rounds,
    rounded(row.wallSeconds, 1),
    rounded(row.wallRatio, 2),
    rounded(row.transferSeconds, 1),
    rounded(row.transferRatio, 2),
    rounded(row.cpuSeconds, 1),
    rounded(row.cpuRatio, 2),
    rounded(row.databaseCpuSeconds, 1),
    Math.round(row.peakRssBytes / 2 ** 20),
    Math.round(row.s3Requests),
    megabytes(row.bytes),
  ];
}

function sidesTable(rows: readonly Row[]): string {
  const titles = [
    'case',
    'tool',
    'CPU s in Cain',
    'CPU s in the pod',
    'peak MiB Cain',
    'peak MiB pod',
    'through the API server',
    'exec calls',
  ];
  const cells = rows.flatMap((row) => {
    if ('why' in row || !row.sides) return [];
    const { sides, bytes } = row;
    const share = bytes > 0 ? `${((100 * sides.apiServerBytes) / bytes).toFixed(2)} %` : '';
    return [
      [
        row.case,
        row.tool,
        Number(sides.cainCpuSeconds.toFixed(1)),
        Number(sides.podCpuSeconds.toFixed(1)),
        Math.round(sides.cainPeakRssBytes / 2 ** 20),
        Math.round(sides.podPeakRssBytes / 2 ** 20),
        share,
        sides.execCalls,
      ] as const,
    ];
  });
  return markdownTable(titles, cells);
}

function listOf(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

function rounded(value: number | undefined, digits: number): Cell {
  return value === undefined ? '' : Number(value.toFixed(digits));
}

function megabytes(bytes: number): number {
  return bytes < 1e7 ? Number((bytes / 1e6).toFixed(1)) : Math.round(bytes / 1e6);
}
