import { CainError } from '../errors.ts';
import type { CassandraPod } from '../kubernetes/pods.ts';
import { type PodTools, sectionOf } from './pod-tools.ts';

/** A single argument of a process ends at 128 KiB. */
const mostBytesPerCall = 96 * 1024;

/** Arguments: the sizes of the texts that follow each other on stdin. */
const statementsBody = `
for size; do
  take "$size"
  cqlsh_ "$taken" >&2 || exit
done
section done
`;

/**
 * Runs statements (without ";") one after another in one exec call. cqlsh goes on after one that failed: all are
 * tried, then it is CAIN_EXEC_FAILED with the first one's error.
 */
export async function runStatements(
  tools: PodTools,
  pod: CassandraPod,
  statements: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const texts = textsOf(statements);
  const call = {
    purpose: 'Creating keyspaces and tables',
    body: statementsBody,
    args: texts.map(({ length }) => String(length)),
    input: Buffer.concat(texts),
    signal,
  };
  sectionOf(await tools.run(pod, call), 'done');
}

/** Pure. As few texts as the limit allows. */
export function textsOf(statements: readonly string[]): readonly Buffer[] {
  const texts: string[] = [];
  for (const statement of statements) {
    const text = `${statement};\n`;
    if (Buffer.byteLength(text) > mostBytesPerCall) {
      throw new CainError(
        'CAIN_RESTORE_SCHEMA',
        `A statement is too long for cqlsh: ${statement.slice(0, 80)}…`,
      );
    }
    const last = texts.at(-1);
    if (last !== undefined && Buffer.byteLength(last) + Buffer.byteLength(text) <= mostBytesPerCall) {
      texts[texts.length - 1] = last + text;
    } else texts.push(text);
  }
  return texts.map((text) => Buffer.from(text));
}
