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

/** Days between two times, thinned so that labels do not meet: Unix seconds at midnight UTC. */
export function dayTicks(from: number, to: number, atMost: number): number[] {
  const day = 86_400;
  const days = Math.max(1, Math.ceil((to - from) / day / atMost));
  const ticks: number[] = [];
  for (let time = Math.ceil(from / day) * day; time <= to; time += days * day) ticks.push(time);
  return ticks;
}

export const dayText = (time: number): string =>
  new Date(time * 1000).toISOString().slice(5, 10).replace('-', '/');
