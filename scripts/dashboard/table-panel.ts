import { colorOf, fieldConfigOf, type Panel } from './dashboard-model.ts';
import { formatValue } from './format-value.ts';
import type { Series } from './prometheus-api.ts';
import { escapeHtml } from './svg.ts';

/** A row for each set of labels; a column for each label and each query, as `organize` orders and names them. */
export function tablePanel(panel: Panel, answers: ReadonlyMap<string, readonly Series[]>): string {
  const organize = panel.transformations?.find(({ id }) => id === 'organize')?.options ?? {};
  const rows = new Map<string, Record<string, string | number>>();
  for (const [refId, series] of answers) {
    for (const { labels, points } of series) {
      const key = JSON.stringify(Object.entries(labels).sort());
      const row = rows.get(key) ?? { ...labels };
      row[`Value #${refId}`] = points.at(-1)?.[1] ?? Number.NaN;
      rows.set(key, row);
    }
  }
  const place = (column: string) => organize.indexByName?.[column] ?? 99;
  const columns = [...new Set([...rows.values()].flatMap((row) => Object.keys(row)))]
    .filter((column) => !organize.excludeByName?.[column])
    .sort((one, other) => place(one) - place(other));
  const nameOf = (column: string) => organize.renameByName?.[column] ?? column;
  const head = columns.map((column) => `<th>${escapeHtml(nameOf(column))}</th>`);
  const body = [...rows.values()]
    .sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1))
    .map((row) => `<tr>${columns.map((column) => cell(panel, nameOf(column), row[column])).join('')}</tr>`);
  return `<table><tr>${head.join('')}</tr>${body.join('')}</table>`;
}

function cell(panel: Panel, name: string, value: string | number | undefined): string {
  if (value === undefined) return '<td></td>';
  if (typeof value === 'string') return `<td>${escapeHtml(value)}</td>`;
  const config = fieldConfigOf(panel, name);
  const kind = config.custom?.cellOptions?.type;
  const color = colorOf(value, config);
  const style = { 'color-background': `background:${color};color:#fff`, 'color-text': `color:${color}` }[
    kind ?? ''
  ];
  return `<td style="${style ?? ''}">${escapeHtml(formatValue(value, config))}</td>`;
}
