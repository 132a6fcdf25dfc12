const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3, // U+00B5, micro sign
  μs: 1e-3, // U+03BC, Greek letter mu: Go takes both
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Go counts nanoseconds in 64 bits, some 292 years. */
const longestMs = 2 ** 63 * 1e-6;

const amountAndUnit = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;

/**
 * Milliseconds of a duration in the form of Go's time.ParseDuration: `1h30m`, `1.5h`, `-2s`, `0`. No days.
 * undefined = Go would not take it.
 */
export function parseGoDuration(text: string): number | undefined {
  const sign = text.startsWith('-') ? -1 : 1;
  const unsigned = text.replace(/^[+-]/, '');
  if (unsigned === '0') return 0;
  if (unsigned === '' || unsigned.replace(amountAndUnit, '') !== '') return undefined;

  let totalMs = 0;
  for (const [, amount, unit] of unsigned.matchAll(amountAndUnit)) {
    totalMs += Number(amount) * (unitMs[unit ?? ''] ?? Number.NaN);
  }
  return totalMs < longestMs ? sign * totalMs : undefined;
}
