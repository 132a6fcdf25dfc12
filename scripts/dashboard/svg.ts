/** Text as HTML and SVG show it unchanged. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (found) => `&#${found.charCodeAt(0)};`);
}

/** Grafana's classic palette. */
export const palette = [
  '#7eb26d',
  '#eab839',
  '#6ed0e0',
  '#ef843c',
  '#e24d42',
  '#1f78c1',
  '#ba43a9',
  '#705da0',
  '#508642',
  '#cca300',
  '#447ebc',
];

export const colorAt = (index: number): string => palette[index % palette.length] ?? '#7eb26d';

export function legendHtml(names: ReadonlyArray<{ readonly name: string; readonly color: string }>): string {
  const entries = names.map(
    ({ name, color }) => `<span><i style="background:${color}"></i>${escapeHtml(name)}</span>`,
  );
  return `<div class="legend">${entries.join('')}</div>`;
}

const steps = [60, 300, 900, 3600, 10_800, 43_200, 86_400];

/** Round times between two, thinned so that labels do not meet: Unix seconds, UTC. */
export function timeTicks(from: number, to: number, atMost: number): number[] {
  const rough = (to - from) / atMost;
  const step = steps.find((each) => each >= rough) ?? Math.ceil(rough / 86_400) * 86_400;
  const ticks: number[] = [];
  for (let time = Math.ceil(from / step) * step; time <= to; time += step) ticks.push(time);
  return ticks;
}

/** The day at midnight, else the time of day. */
export function tickText(time: number): string {
  const text = new Date(time * 1000).toISOString();
  return time % 86_400 === 0 ? text.slice(5, 10).replace('-', '/') : text.slice(11, 16);
}
