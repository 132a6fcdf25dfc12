import type { TimeRange } from './dashboard-model.ts';

export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** [Unix seconds, value], in order. */
  readonly points: ReadonlyArray<readonly [number, number]>;
}

interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly data: {
    readonly result: ReadonlyArray<{
      readonly metric: Record<string, string>;
      readonly value?: [number, string];
      readonly values?: Array<[number, string]>;
    }>;
  };
}

export interface PrometheusApi {
  /** The values at one time. */
  instant(expr: string, time: number): Promise<Series[]>;
  range(expr: string, range: TimeRange, step: number): Promise<Series[]>;
}

const limitMs = 30_000;

/** Prometheus' own HTTP API at `url`. */
export function prometheusApi(url: string): PrometheusApi {
  async function ask(path: string, parameters: Record<string, string>): Promise<Series[]> {
    const body = new URLSearchParams(parameters);
    const response = await fetch(`${url}/api/v1/${path}`, {
      method: 'POST',
      body,
      signal: AbortSignal.timeout(limitMs),
    });
    const { status, error, data } = (await response.json()) as Answer;
    if (status !== 'success') throw new Error(`Prometheus refused ${parameters.query}: ${error}`);
    return data.result.map(({ metric, value, values }) => ({
      labels: metric,
      points: (values ?? (value ? [value] : [])).map(([time, text]) => [time, Number(text)] as const),
    }));
  }
  return {
    instant: (query, time) => ask('query', { query, time: String(time) }),
    range: (query, { from, to }, step) =>
      ask('query_range', { query, start: String(from), end: String(to), step: String(step) }),
  };
}

/** A panel's query with all its variables set to "All". */
export function withAllValues(expr: string): string {
  return expr.replace(/\$(job|namespace|cluster|plan)\b/g, '.*');
}

/** `{{cluster}} / {{plan}}`, with the values of a series. */
export function legendOf(format: string, labels: Series['labels']): string {
  return format.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, label: string) => labels[label] ?? '');
}
