import { markdownTable } from '../report/markdown.ts';
import type { ScaleResult } from './scale-result.ts';

/** Pure: the report as Markdown. */
export function scaleText({ startedAt, machine, rows, lists }: ScaleResult, plotFile: string): string {
  const costs = ({
    wallSeconds,
    cpuSeconds,
    peakRssBytes,
  }: {
    wallSeconds: number;
    cpuSeconds: number;
    peakRssBytes: number;
  }) => [wallSeconds, cpuSeconds, Math.round(peakRssBytes / 2 ** 20)] as const;
  return [
    '# Without the bytes',
    '',
    `![Peak memory and time by the number of files](${plotFile})`,
    '',
    `Measured ${startedAt.slice(0, 10)} on ${machine.cores} cores (${machine.processor}) by \`npm run bench:scale\`. The store answers listings of millions of objects from a formula, in a process of its own; what is measured is Cain's process.`,
    'Each node holds 5,000 files. plan-and-commit: every node’s snapshot is compared with its last inventory and with the bucket, and all is found unchanged. prune: expiry and sweep of the oldest of three backups, a tenth of whose objects no other needs.',
    '',
    markdownTable(
      ['step', 'files', 'nodes', 'wall s', 'CPU s', 'peak MiB'],
      rows.map((row) => [row.step, row.files, row.nodes, ...costs(row)]),
    ),
    '## List',
    '',
    markdownTable(
      ['backups', 'nodes each', 'wall s', 'CPU s', 'peak MiB'],
      lists.map((row) => [row.backups, row.nodes, ...costs(row)]),
    ),
  ].join('\n');
}
