export type Cell = string | number;

/** A table of GitHub's Markdown; numbers go to the right. */
export function markdownTable(titles: readonly string[], rows: ReadonlyArray<readonly Cell[]>): string {
  const isNumber = (column: number): boolean => rows.some((row) => typeof row[column] === 'number');
  const line = (cells: readonly Cell[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(titles),
    line(titles.map((_, column) => (isNumber(column) ? '---:' : '---'))),
    ...rows.map(line),
    '',
  ].join('\n');
}
