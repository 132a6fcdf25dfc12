import type { AuthorizationV1Api, VersionApi } from '@kubernetes/client-node';
import { withTimeLimit } from '../time-limit.ts';
import { abortable } from './abortable.ts';

/** Whoever gets no answer goes on without it: these only find out early what a run would find out late. */
const answerLimitMs = 10_000;

export interface Right {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name?: string;
}

/** Whether our own account has this right, which every account may ask; undefined = the server does not tell. */
export async function mayDo(
  api: Pick<AuthorizationV1Api, 'createSelfSubjectAccessReview'>,
  right: Right,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  const body = { spec: { resourceAttributes: { ...right } } };
  const review = await answerOf(`Asking for ${right.verb} ${right.resource}`, signal, (inner) =>
    api.createSelfSubjectAccessReview({ body }, abortable(inner)),
  );
  // An authorizer that failed says no, too.
  const { allowed, evaluationError } = review?.status ?? {};
  return allowed === false && evaluationError ? undefined : allowed;
}

/** The API server's; undefined = it does not tell. */
export async function readVersion(
  api: Pick<VersionApi, 'getCode'>,
  signal: AbortSignal,
): Promise<{ readonly major: number; readonly minor: number } | undefined> {
  const info = await answerOf('Reading the version of Kubernetes', signal, (inner) =>
    api.getCode({}, abortable(inner)),
  );
  // Vendors write `29+`.
  const [major, minor] = [info?.major, info?.minor].map((part) => Number.parseInt(part ?? '', 10));
  return Number.isInteger(major) && Number.isInteger(minor)
    ? { major: Number(major), minor: Number(minor) }
    : undefined;
}

async function answerOf<T>(
  what: string,
  signal: AbortSignal,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  try {
    return await withTimeLimit(what, answerLimitMs, signal, ask);
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}
