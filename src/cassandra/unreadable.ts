import { CainError } from '../errors.ts';

/** Longer lines are cut: an error message is read by people. */
const longestExcerpt = 200;

/** The error for tool output of an unknown form; `line` is the first one that could not be read. */
export function unreadableOutput(tool: string, line: string): CainError {
  const excerpt = line.length > longestExcerpt ? `${line.slice(0, longestExcerpt)}…` : line;
  return new CainError(
    'CAIN_OUTPUT_UNREADABLE',
    `Output of ${tool} has an unknown form: ${JSON.stringify(excerpt)}`,
    {
      hint: 'Check that the Cassandra version is one that Cain supports; a warning on stdout can cause this too.',
    },
  );
}
