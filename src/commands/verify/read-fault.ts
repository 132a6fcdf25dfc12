import { CainError } from '../../errors.ts';
import { retry } from '../../retry.ts';
import type { Fault } from './findings.ts';
import type { VerifyRun } from './verify-run.ts';

/**
 * Runs a check of a record and says what is wrong with it; undefined = nothing. Bytes that are wrong twice are damage,
 * once may be the way here. What else the store fails with is thrown: it says nothing of the record.
 */
export async function recordFault(
  { retries, signal }: Pick<VerifyRun, 'retries' | 'signal'>,
  check: () => Promise<void>,
): Promise<Fault | undefined> {
  let fault: Fault | undefined;
  for (let attempt = 1; attempt <= 2; attempt++) {
    fault = await retry(() => faultOf(check), { retries, signal });
    if (fault === undefined || fault.kind === 'missing') return fault;
  }
  return fault;
}

async function faultOf(check: () => Promise<void>): Promise<Fault | undefined> {
  try {
    await check();
    return undefined;
  } catch (error) {
    if (!(error instanceof CainError)) throw error;
    switch (error.code) {
      case 'CAIN_STORE_MISSING':
        return { kind: 'missing', what: 'is missing' };
      case 'CAIN_FORMAT':
        return { kind: 'record', what: `can't be read: ${error.message}` };
      case 'CAIN_STORE_CHECKSUM':
        return { kind: 'bytes', what: 'has other bytes than were stored' };
      default:
        throw error;
    }
  }
}
