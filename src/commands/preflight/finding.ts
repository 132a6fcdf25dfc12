import type { ErrorCode } from '../../error-codes.ts';
import { CainError } from '../../errors.ts';

/** Something that preflight found wrong and that a retry can't mend: what, and what to do. */
export interface Finding {
  readonly what: string;
  readonly hint: string;
  /** Nothing but too little room: no reason to refuse what makes room, or what counts the room that it needs itself. */
  readonly isAboutRoom?: true;
  /** Where it has a code of its own: thrown as it is if there is no other finding. */
  readonly error?: CainError;
}

/** All findings in one error, so that they are mended in one go. */
export function throwFindings(findings: readonly Finding[]): void {
  const [first] = findings;
  if (!first) return;
  if (findings.length === 1 && first.error) throw first.error;
  const lines = findings.map(({ what, hint }) => `\n  - ${what.replace(/\.$/, '')}. ${hint}`).join('');
  throw new CainError(
    'CAIN_PREFLIGHT',
    `Preflight found ${findings.length} ${findings.length === 1 ? 'fault' : 'faults'}:${lines}`,
    {
      hint: 'Nothing was changed. Mend these and run `cain preflight` to see.',
    },
  );
}

/** What a check throws with one of these codes, as a finding; all else it throws is thrown. */
export async function findingsIn(
  codes: readonly ErrorCode[],
  check: () => Promise<void>,
): Promise<readonly Finding[]> {
  try {
    await check();
    return [];
  } catch (error) {
    if (!(error instanceof CainError) || !codes.includes(error.code)) throw error;
    const finding = { what: error.message, hint: error.hint ?? '' };
    return [error.code === 'CAIN_PREFLIGHT' ? finding : { ...finding, error }];
  }
}
