import { onOneLine } from '../logging/text-lines.ts';

/** A column of a table for people. */
export interface Column<Row> {
  readonly title: string;
  readonly isNumber?: boolean;
  text(row: Row): string;
}

/** Lines with aligned columns, the titles first; numbers end in one line, text begins in one. */
export function textTable<Row>(columns: ReadonlyArray<Column<Row>>, rows: readonly Row[]): readonly string[] {
  const cells = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map(({ text }) => onOneLine(text(row)))),
  ];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => line[index]?.length ?? 0)));
  return cells.map((line) =>
    line
      .map((cell, index) => {
        const width = widths[index] ?? 0;
        return columns[index]?.isNumber ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
}

/** `2025-01-31 02:00:00` in UTC. */
export function shownTime(time: Date): string {
  return time.toISOString().slice(0, 19).replace('T', ' ');
}
