import { errorCodes } from '../../src/error-codes.ts';
import { exitCodes } from '../../src/exit-codes.ts';
import { generatedNote, markdownTable } from './table.ts';

/** docs/errors.md */
export function errorsPage(): string {
  const exits = exitCodes.map(({ code, meaning, job }) => [String(code), meaning, job]);
  const codes = Object.entries(errorCodes).map(([code, { exit, about }]) => [
    `\`${code}\``,
    String(exit),
    about,
  ]);
  return [
    generatedNote,
    '',
    '# Errors',
    '',
    'An error is told once, at the end of the log: its code, what failed, a hint at what to do, and its causes.',
    'Codes and exit codes are stable.',
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
