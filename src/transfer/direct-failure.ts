import { CainError } from '../errors.ts';
import type { CassandraPod } from '../kubernetes/pods.ts';
import type { Store } from '../store/store.ts';
import type { AgentFailure } from './agent-messages.ts';

/** The error that a failure in a pod is. */
export function failureError(
  { where, status, code, text }: AgentFailure,
  { key, path }: { readonly key: string; readonly path: string },
  { pod, store }: { readonly pod: CassandraPod; readonly store: Store },
): CainError {
  const fields = { pod: pod.name, path, key };
  if (where === 'store')
    return store.refusalOf(key, { status, code, message: `${text} (asked by pod ${pod.name})` });
  if (where === 'file') {
    return new CainError('CAIN_TRANSFER_SHORT', `A file in pod ${pod.name} can't be used: ${text}`, {
      hint: 'The file changed, is gone or cannot be read or written on the node.',
      retryable: true,
      fields,
    });
  }
  if (where === 'network') {
    return new CainError(
      'CAIN_STORE',
      `Pod ${pod.name} does not get through to the object store: ${code}: ${text}`,
      {
        hint: 'Allow egress from the pods to the object store, or set CAIN_TRANSFER=exec. See CAIN_S3_POD_ENDPOINT and CAIN_S3_POD_PROXY.',
        retryable: true,
        fields,
      },
    );
  }
  return new CainError('CAIN_EXEC_FAILED', `The program in pod ${pod.name} failed: ${code}: ${text}`, {
    retryable: true,
    fields,
  });
}
