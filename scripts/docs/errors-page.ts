import { errorCodes } from '../../src/error-codes.ts';
import { exitCodes } from '../../src/exit-codes.ts';
import { generatedNote, markdownTable } from './table.ts';

/** docs/errors.md */
export function errorsPage(): string {
  const exits = exitCodes.map(({ code, meaning, job }) => [String(code), meaning, job]);
  const codes = Object.entries(errorCodes).map(([code, ends]) => [
    `\`${code}\``,
    'midRunExit' in ends ? `${ends.exit}, in the middle of a run ${ends.midRunExit}` : String(ends.exit),
    ends.about,
  ]);
  return [
    generatedNote,
    '',
    '# Errors',
    '',
    'An error is told once, at the end of the log: its code, what failed, a hint at what to do, and its causes.',
    'Codes and exit codes are stable. A refusal that preflight meets (exit 3) stays until somebody mends it; the same one in the middle',
    'of a run, once it may have changed something, is exit 1: credentials are rotated, and the next attempt may have the new ones.',
    '',
    '## Exit codes',
    '',
    ...markdownTable(['Exit code', 'Meaning', 'What the Job should do'], exits),
    '',
    'Any other exit code means failure.',
    '',
    '## Error codes',
    '',
    ...markdownTable(['Code', 'Exit code', 'Meaning'], codes),
    '',
  ].join('\n');
}
