import { Pushgateway, type Registry } from 'prom-client';
import { CainError, messageOf } from '../errors.ts';
import { withTimeLimit } from '../time-limit.ts';

const longestReason = 300;

export interface PushOptions {
  /** http or https, a path in front of /metrics included. */
  readonly url: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Without "/": prom-client has no way to write such a job. */
  readonly job: string;
  /** The labels of the group; an empty one is the same as none. */
  readonly grouping: Readonly<Record<string, string>>;
  readonly registry: Registry;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Adds the metrics to the group, replacing those of the same name (POST), so that what this run does not tell
 * stays as the last one left it. Whatever goes wrong is a CAIN_METRICS_PUSH, which must fail no backup.
 */
export async function pushMetrics(options: PushOptions): Promise<void> {
  try {
    const status = await withTimeLimit('The push', options.timeoutMs, options.signal, (signal) =>
      push(options, signal),
    );
    // prom-client takes any answer below 400 for success, a redirect to a login page too.
    if (status !== 200 && status !== 202) throw new Error(`the answer has status ${status}`);
  } catch (cause) {
    throw new CainError('CAIN_METRICS_PUSH', `Can't push metrics to the Pushgateway: ${reasonOf(cause)}`, {
      hint: 'Check the address, login and health of the Pushgateway, and whether a network policy keeps Cain from it.',
      cause,
      retryable: true,
    });
  }
}

/** A proxy may answer with a whole page; and a host of several addresses that all refuse gives an empty message. */
function reasonOf(cause: unknown): string {
  const message = messageOf(cause).trim().slice(0, longestReason);
  return message || String((cause as NodeJS.ErrnoException).code ?? 'no reason given');
}

/** The status of the answer; prom-client rejects one of 400 and more. */
async function push(
  { url, username, password, job, grouping, registry }: PushOptions,
  signal: AbortSignal,
): Promise<number | undefined> {
  if (job === '' || job.includes('/')) throw new Error(`"${job}" can't be a job label`);
  const gateway = new Pushgateway(
    url.replace(/\/+$/, ''),
    {
      signal,
      // The global agent would give up after 5 s of silence and keep the connection open afterwards.
      agent: false,
      ...(username === undefined ? {} : { auth: `${username}:${password ?? ''}` }),
    },
    registry,
  );
  const { resp } = await gateway.pushAdd({ jobName: job, groupings: groupingPath(grouping) });
  return (resp as { statusCode?: number } | undefined)?.statusCode;
}

/**
 * The grouping as prom-client writes it into the path. A value that the path can't carry, such as one with "/",
 * goes as base64url under `name@base64`, which the Pushgateway decodes.
 */
export function groupingPath(grouping: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(grouping).filter(([, value]) => value !== '');
  return Object.fromEntries(
    entries.map(([name, value]) =>
      isPathSafe(value) ? [name, value] : [`${name}@base64`, Buffer.from(value).toString('base64url')],
    ),
  );
}

/** Not ".", "..", a space or anything else that a proxy on the way might take otherwise. */
function isPathSafe(value: string): boolean {
  return /^\w[\w.-]*$/.test(value);
}
