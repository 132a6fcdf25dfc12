import { crc32 } from 'node:zlib';
import { messageOf } from '../errors.ts';
import { retry } from '../retry.ts';
import type { SignedRequest, Store } from '../store/store.ts';
import type { AgentAnswer } from './agent-messages.ts';
import { type AgentOptions, withAgent } from './agent-session.ts';

/** Overwritten at will, like all of preflight's; one for each pod, since many try at once. */
export function trialKey(pod: string): string {
  return `.cain/probe/direct-${pod}`;
}

const content = 'Written by a Cassandra pod to find out whether it reaches the store.\n';
const damagedContent = content.replace('Written', 'Wr1tten');
const body = { sizeBytes: content.length, crc32: crc32(content) };

/** A session that is cut says nothing of the way from the pod to the store. */
const mostTries = 3;

type Tried = AgentAnswer & { readonly kind: 'tried' };

interface Trial {
  readonly what: string;
  readonly request: SignedRequest;
  readonly body?: string;
  readonly length?: number;
  /** Of the object. */
  readonly total?: number;
  /** undefined = as it should be. */
  readonly problem: (tried: Tried) => string | undefined;
}

export type TrialOptions = Omit<AgentOptions, 'onAnswer' | 'purpose'>;

/**
 * Whether a pod can send to the store and fetch from it: with real requests, as the transfer will make them, and with
 * two that must be refused. Gives what stands in the way; undefined = nothing.
 */
export async function tryDirectUpload(store: Store, options: TrialOptions): Promise<string | undefined> {
  const key = trialKey(options.pod.name);
  const put = await store.signPut(key, body);
  const trials: readonly Trial[] = [
    { what: 'a put of other bytes', request: put, body: damagedContent, problem: refused(400) },
    { what: 'a put', request: put, body: content, problem: accepted },
    {
      what: 'a get',
      request: await store.signGet(key),
      length: body.sizeBytes,
      problem: (tried) => accepted(tried) ?? (tried.crc32 === body.crc32 ? undefined : 'it gave other bytes'),
    },
    {
      what: 'a put onto what is there',
      request: await store.signPut(key, body, { ifNoneMatch: '*' }),
      body: content,
      problem: refused(412),
    },
  ];
  return await runTrials(trials, options);
}

/** Whether a pod can fetch this object, which must not be empty: its first byte. */
export async function tryDirectDownload(
  store: Store,
  { key, sizeBytes }: { readonly key: string; readonly sizeBytes: number },
  options: TrialOptions,
): Promise<string | undefined> {
  const request = await store.signGet(key);
  const ranged = { ...request, headers: { ...request.headers, range: 'bytes=0-0' } };
  return await runTrials(
    [{ what: 'a get', request: ranged, length: 1, total: sizeBytes, problem: accepted }],
    options,
  );
}

/** Why the pod can't; also when the program can't be run there. */
async function runTrials(trials: readonly Trial[], options: TrialOptions): Promise<string | undefined> {
  const answers = new Map<number, Tried>();
  let settle = (): void => {};
  const all = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const session: AgentOptions = {
    ...options,
    purpose: 'Trying the direct way',
    name: 'cain-trial',
    // In order; one bad moment of the store or the network closes no way.
    agent: { ...options.agent, threads: 1, retries: 1 },
    onAnswer(answer) {
      if (answer.kind !== 'tried') return;
      answers.set(answer.id, answer);
      // Where there is no way the other trials would only wait as long again.
      if (answers.size === trials.length || answer.status === 0) settle();
    },
  };
  try {
    await retry(() => tryOnce(session), { retries: mostTries - 1, signal: options.signal });
  } catch (error) {
    options.signal.throwIfAborted();
    return messageOf(error);
  }
  async function tryOnce(opened: AgentOptions): Promise<void> {
    await withAgent(opened, async (agent) => {
      for (const [id, trial] of trials.entries()) {
        const { method, url, headers } = trial.request;
        const { body: text = '', length = 0, total = length } = trial;
        agent.order('trials', [id, method, url, Object.entries(headers), text, length, total]);
      }
      await all;
    });
  }
  for (const [id, { what, problem }] of trials.entries()) {
    const tried = answers.get(id);
    const found = tried ? problem(tried) : 'no answer';
    if (found !== undefined) return `${what} from the pod: ${found}`;
  }
  return undefined;
}

function accepted({ status, code, text }: Tried): string | undefined {
  return status === 200 ? undefined : describe(status, code, text);
}

/** `status` is what the server should say; any other refusal but a network's failure counts as well. */
function refused(wanted: number): (tried: Tried) => string | undefined {
  return ({ status, code, text }) => {
    if (status === 200) return 'it was accepted, which must not be';
    return status >= 400 && status < 500 && (wanted !== 412 || status === 412)
      ? undefined
      : describe(status, code, text);
  };
}

function describe(status: number, code: string, text: string): string {
  return [status === 0 ? '' : String(status), code, text].filter((word) => word !== '').join(', ');
}
