import { ApiException, type V1Status } from '@kubernetes/client-node';
import { CainError, messageOf } from '../errors.ts';

/** The HTTP status of a failed API call; undefined where none arrived (connection refused, reset). */
export function statusOf(error: unknown): number | undefined {
  return error instanceof ApiException ? error.code : undefined;
}

/** By status. */
const accessHints: ReadonlyMap<number | undefined, string> = new Map([
  [
    401,
    'The API server knows neither token nor certificate: renew the kubeconfig, or the token of the service account.',
  ],
  [
    403,
    "Grant Cain's service account this right in Cassandra's namespace: pods list, pods/exec get and create, leases get, create and update.",
  ],
]);

/** What a failed API call means for the run: a missing right is no transient failure, all else may be. */
export function apiError(what: string, error: unknown): CainError {
  const status = statusOf(error);
  const message = `${what}: ${apiMessage(error)}`;
  const hint = accessHints.get(status);
  if (hint !== undefined) return new CainError('CAIN_KUBERNETES_ACCESS', message, { hint, cause: error });
  const isRetryable = status === undefined || status === 409 || status === 429 || status >= 500;
  return new CainError('CAIN_KUBERNETES', message, { cause: error, retryable: isRetryable });
}

function apiMessage(error: unknown): string {
  if (!(error instanceof ApiException)) return messageOf(error);
  return `${error.code} ${statusMessage(error.body) ?? ''}`.trim();
}

function statusMessage(body: unknown): string | undefined {
  if (typeof body === 'object' && body !== null) return (body as V1Status).message;
  if (typeof body !== 'string') return undefined;
  try {
    return (JSON.parse(body) as V1Status).message;
  } catch {
    return body.slice(0, 200);
  }
}
