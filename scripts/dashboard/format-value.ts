import type { FieldConfig } from './dashboard-model.ts';

const byteUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
const spans: ReadonlyArray<readonly [seconds: number, name: string]> = [
  [86_400 * 365, 'year'],
  [86_400 * 7, 'week'],
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'min'],
];

/** A value as Grafana writes it with this unit: `1.5 GiB`, `2.3 hours`, `85%`. */
export function formatValue(value: number, { unit = 'none', decimals, mappings = [] }: FieldConfig): string {
  const mapped = mappings.map(({ options }) => options[String(value)]).find((each) => each !== undefined);
  if (mapped) return mapped.text;
  if (!Number.isFinite(value)) return '–';
  if (unit === 'bytes') return formatBytes(value, decimals);
  if (unit === 's') return formatSeconds(value, decimals);
  if (unit === 'percentunit') return `${short(value * 100, decimals)}%`;
  return short(value, decimals);
}

function formatBytes(bytes: number, decimals?: number): string {
  const power = bytes < 1 ? 0 : Math.min(byteUnits.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${short(bytes / 1024 ** power, decimals)} ${byteUnits[power]}`;
}

function formatSeconds(seconds: number, decimals?: number): string {
  const span = spans.find(([length]) => seconds >= length);
  if (!span) return `${short(seconds, decimals)} s`;
  const [length, name] = span;
  const amount = short(seconds / length, decimals);
  return `${amount} ${name}${name === 'min' || amount === '1' ? '' : 's'}`;
}

/** Three significant digits, unless decimals are said. */
function short(value: number, decimals?: number): string {
  if (decimals !== undefined) return value.toFixed(decimals);
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return String(Number(value.toFixed(digits)));
}
