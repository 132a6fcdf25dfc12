import type { V1Status } from '@kubernetes/client-node';
import { CainError } from '../errors.ts';

/**
 * The exit code that a status frame (channel 3) tells: 0 for Success, `details.causes[ExitCode].message`
 * (a string) for NonZeroExitCode. Any other failure is the kubelet's or the runtime's own, and thrown.
 */
export function exitCodeOfStatus(status: V1Status, pod: string): number {
  if (status.status === 'Success') return 0;
  const cause = status.details?.causes?.find(({ reason }) => reason === 'ExitCode');
  const exitCode = Number(cause?.message);
  if (cause?.message && Number.isInteger(exitCode)) return exitCode;
  throw new CainError(
    'CAIN_EXEC_FAILED',
    `Exec in ${pod} failed: ${status.message ?? status.reason ?? 'no reason given'}`,
    {
      retryable: true,
    },
  );
}
