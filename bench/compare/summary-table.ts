import { type Cell, markdownTable } from '../report/markdown.ts';
import { type BenchResult, type CaseName, caseNames, toolNames } from './result.ts';

const titles: Readonly<Record<CaseName, string>> = {
  'large-first': 'first backup, large SSTables',
  'restore-large': 'restore, large SSTables',
  'small-first': 'first backup, small SSTables',
  'second-1-percent': 'second backup, 1 % new',
  'restore-small': 'restore, small SSTables',
};

const begin = '<!-- npm run bench writes from here -->';
const end = '<!-- to here -->';

/** Pure: wall time of each tool in each case, and its ratio to the plain copy. */
export function summaryTable({ rows }: BenchResult): string {
  const tools = toolNames.filter((tool) => rows.some((row) => row.tool === tool && !('why' in row)));
  const lines = caseNames.flatMap((name) => {
    const cells = tools.map((tool): Cell => {
      const row = rows.find((each) => each.case === name && each.tool === tool);
      if (row === undefined || 'why' in row) return '–';
      const ratio = row.wallRatio === undefined ? '' : ` (${row.wallRatio.toFixed(1)}×)`;
      return `${row.wallSeconds.toFixed(1)} s${ratio}`;
    });
    return cells.every((cell) => cell === '–') ? [] : [[titles[name], ...cells]];
  });
  return markdownTable(['whole run', ...tools], lines);
}

/** Pure: the README with this result's picture and table between its marks; unchanged where it has none. */
export function withSummary(readme: string, result: BenchResult): string {
  const [from, to] = [readme.indexOf(begin), readme.indexOf(end)];
  if (from < 0 || to < from) return readme;
  const picture = '![Wall time, transfer and processor time of each tool](bench/results/latest.svg)';
  const about = `Medians of ${result.startedAt.slice(0, 10)}, ${result.machine.cores} cores; × is the ratio to the plain copy (\`limit\`). [All figures](bench/results/latest.md), with how to read them.`;
  const written = [picture, summaryTable(result).trimEnd(), about].join('\n\n');
  return `${readme.slice(0, from + begin.length)}\n\n${written}\n\n${readme.slice(to)}`;
}
