import { colorOf, fieldConfigOf, type Panel } from './dashboard-model.ts';
import { formatValue } from './format-value.ts';
import type { Series } from './prometheus-api.ts';
import { escapeHtml } from './svg.ts';

/** One large value; `background` of the panel or the value itself in the colour of its threshold. */
export function statPanel(panel: Panel, series: readonly Series[]): { content: string; background?: string } {
  const value = series[0]?.points.at(-1)?.[1] ?? Number.NaN;
  const config = fieldConfigOf(panel, '');
  const color = colorOf(value, config) ?? '#fff';
  const text = escapeHtml(formatValue(value, config));
  if (panel.options?.colorMode === 'background')
    return { content: `<div class="stat">${text}</div>`, background: color };
  return { content: `<div class="stat" style="color:${color}">${text}</div>` };
}
