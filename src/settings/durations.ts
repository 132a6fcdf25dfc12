import type { Kind } from './kind.ts';

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Milliseconds of `30s`, `5m`, `1h30m`, `7d`, `2w`. A number without a unit is refused: it could mean anything. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+(ms|[smhdw]))+$/.test(text)) return undefined;

  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+)(ms|[smhdw])/g)) {
    totalMs += Number(amount) * (unitMs[unit ?? ''] ?? Number.NaN);
  }
  return Number.isSafeInteger(totalMs) ? totalMs : undefined;
}

/** A duration in milliseconds, of at least `min` and at most `max` where these are given. */
export function duration(min = '0s', max?: string): Kind<number> {
  const minMs = parseDuration(min) ?? 0;
  const maxMs = max === undefined ? Number.POSITIVE_INFINITY : (parseDuration(max) ?? 0);
  return {
    wanted: `a duration such as 30s, 5m, 24h, 7d or 2w${minMs > 0 ? `, at least ${min}` : ''}${max === undefined ? '' : `, at most ${max}`}`,
    placeholder: 'duration',
    parse(text) {
      const valueMs = parseDuration(text);
      return valueMs !== undefined && valueMs >= minMs && valueMs <= maxMs ? valueMs : undefined;
    },
  };
}
