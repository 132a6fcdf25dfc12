import { colorOf, fieldConfigOf, type Panel, type TimeRange } from './dashboard-model.ts';
import { formatValue } from './format-value.ts';
import type { NamedSeries } from './series-panel.ts';
import { escapeHtml, legendHtml, tickText, timeTicks } from './svg.ts';

const left = 150;

/** A bar for each series, coloured by its state. */
export function timelinePanel(
  panel: Panel,
  series: readonly NamedSeries[],
  range: TimeRange,
  { width, height }: { readonly width: number; readonly height: number },
): string {
  const config = fieldConfigOf(panel, '');
  const plotHeight = height - 28;
  const rowHeight = (plotHeight - 20) / Math.max(1, series.length);
  const x = (time: number) => left + ((time - range.from) / (range.to - range.from)) * (width - left - 10);
  const rows = series.map(({ name, points }, index) => {
    const y = index * rowHeight + 4;
    const bars = points.map(([time, value], position) => {
      const end = points[position + 1]?.[0] ?? range.to;
      return `<rect x="${x(time).toFixed(1)}" y="${y}" width="${(x(end) - x(time) + 0.5).toFixed(1)}" height="${rowHeight - 6}" fill="${colorOf(value, config)}"/>`;
    });
    const label = `<text x="${left - 8}" y="${y + rowHeight / 2}" text-anchor="end">${escapeHtml(name)}</text>`;
    return `${label}${bars.join('')}`;
  });
  const days = timeTicks(range.from, range.to, Math.floor(width / 90)).map(
    (time) => `<text x="${x(time)}" y="${plotHeight - 4}" text-anchor="middle">${tickText(time)}</text>`,
  );
  const states = [1, 0].map((value) => ({
    name: formatValue(value, config),
    color: colorOf(value, config) ?? '',
  }));
  return `<svg width="${width}" height="${plotHeight}">${rows.join('')}${days.join('')}</svg>${legendHtml(states)}`;
}
