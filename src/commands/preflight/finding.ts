import { CainError } from '../../errors.ts';

/** Something that preflight found wrong and that a retry can't mend: what, and what to do. */
export interface Finding {
  readonly what: string;
  readonly hint: string;
}

/** All findings in one error, so that they are mended in one go. */
export function throwFindings(findings: readonly Finding[]): void {
  if (findings.length === 0) return;
  const lines = findings.map(({ what, hint }) => `\n  - ${what.replace(/\.$/, '')}. ${hint}`).join('');
  throw new CainError(
    'CAIN_PREFLIGHT',
    `Preflight found ${findings.length} ${findings.length === 1 ? 'fault' : 'faults'}:${lines}`,
    {
      hint: 'Nothing was changed. Mend these and run `cain preflight` to see.',
    },
  );
}
