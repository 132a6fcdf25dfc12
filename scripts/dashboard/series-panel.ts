import { fieldConfigOf, type Panel, type TimeRange } from './dashboard-model.ts';
import { formatValue } from './format-value.ts';
import type { Series } from './prometheus-api.ts';
import { colorAt, legendHtml, tickText, timeTicks } from './svg.ts';

export interface NamedSeries extends Series {
  readonly name: string;
}

interface Frame {
  readonly x: (time: number) => number;
  readonly y: (value: number) => number;
}

const left = 70;
const bottom = 20;

/** Lines that step from run to run, or areas on top of each other. */
export function seriesPanel(
  panel: Panel,
  series: readonly NamedSeries[],
  range: TimeRange,
  { width, height }: { readonly width: number; readonly height: number },
): string {
  const config = fieldConfigOf(panel, '');
  const isStacked = config.custom?.stacking?.mode === 'normal';
  const layers = isStacked ? stacked(series) : series;
  const plotHeight = height - 28;
  const highest = Math.max(...layers.flatMap(({ points }) => points.map(([, value]) => value)), 0);
  const ticks = valueTicks(highest || 1, config.unit);
  const top = Math.max(ticks.at(-1) ?? 1, highest);
  const frame: Frame = {
    x: (time) => left + ((time - range.from) / (range.to - range.from)) * (width - left - 10),
    y: (value) => plotHeight - bottom - (value / top) * (plotHeight - bottom - 10),
  };
  const opacity = (config.custom?.fillOpacity ?? 0) / 100;
  const shapes = layers.map((layer, index) => shape(layer, frame, colorAt(index), opacity));
  const grid = [
    ...ticks.map((tick) => valueLine(formatValue(tick, config), frame.y(tick), width)),
    ...timeTicks(range.from, range.to, Math.floor(width / 90)).map((time) =>
      timeLine(time, frame, plotHeight),
    ),
  ];
  const drawn = isStacked ? shapes.reverse() : shapes;
  return `<svg width="${width}" height="${plotHeight}">${grid.join('')}${drawn.join('')}</svg>${legendHtml(
    series.map(({ name }, index) => ({ name, color: colorAt(index) })),
  )}`;
}

/** Each series with all before it below. */
function stacked(series: readonly NamedSeries[]): NamedSeries[] {
  const sums = new Map<number, number>();
  return series.map(({ points, ...rest }) => ({
    ...rest,
    points: points.map(([time, value]) => {
      const sum = (sums.get(time) ?? 0) + value;
      sums.set(time, sum);
      return [time, sum] as const;
    }),
  }));
}

function shape({ points }: NamedSeries, { x, y }: Frame, color: string, opacity: number): string {
  const [first] = points;
  const last = points.at(-1);
  if (!first || !last) return '';
  const steps = points.map(([time, value]) => `H${x(time).toFixed(1)}V${y(value).toFixed(1)}`).join('');
  const line = `M${x(first[0]).toFixed(1)},${y(first[1]).toFixed(1)}${steps}`;
  const area = `${line}V${y(0)}H${x(first[0]).toFixed(1)}Z`;
  return `<path d="${area}" fill="${color}" fill-opacity="${opacity}"/><path d="${line}" fill="none" stroke="${color}" stroke-width="2"/>`;
}

const divisors: Readonly<Record<string, readonly number[]>> = {
  bytes: Array.from({ length: 5 }, (_, power) => 1024 ** power),
  s: [1, 60, 3600, 86_400],
};

/** Round values from 0 to the highest, in units that people count in. */
function valueTicks(highest: number, unit = 'none'): number[] {
  const divisor = (divisors[unit] ?? [1]).findLast((each) => highest >= each * 2) ?? 1;
  const rough = highest / divisor / 4;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((each) => each * magnitude >= rough) ?? 10) * magnitude * divisor;
  const ticks: number[] = [];
  for (let tick = 0; tick < highest + step; tick += step) ticks.push(tick);
  return ticks;
}

function valueLine(text: string, y: number, width: number): string {
  return `<line class="grid" x1="${left}" x2="${width - 10}" y1="${y}" y2="${y}"/><text x="${left - 8}" y="${y + 4}" text-anchor="end">${text}</text>`;
}

function timeLine(time: number, { x }: Frame, plotHeight: number): string {
  const at = x(time).toFixed(1);
  return `<line class="grid" x1="${at}" x2="${at}" y1="10" y2="${plotHeight - bottom}"/><text x="${at}" y="${plotHeight - 4}" text-anchor="middle">${tickText(time)}</text>`;
}
