import { CainError } from '../errors.ts';
import type { ExecResult } from '../kubernetes/exec-session.ts';

export interface BadEnd {
  readonly error: CainError;
  /** The file that could not be read, as tar calls it. */
  readonly key?: string;
}

/** With exit 1, which else mostly says that a link count changed. A wrapper may call tar by its path. */
const shrunkFile = /^(?:\S*\/)?tar: (.+): File shrank by .*$/m;
/** With exit 2. What is missing is zeros, here too. */
const unreadableFile = /^(?:\S*\/)?tar: (.+): Read error at byte .*$/m;

/** What a tar that ended says against the bytes that it sent; undefined = they are those on the disk. */
export function badEndOf(pod: string, { exitCode, stderr }: ExecResult): BadEnd | undefined {
  const [shrunkLine, shrunkPath = ''] = shrunkFile.exec(stderr) ?? [];
  if (shrunkLine !== undefined) return { error: shrunkError(pod, shrunkPath, shrunkLine) };
  const [unreadableLine, unreadablePath = ''] = unreadableFile.exec(stderr) ?? [];
  if (unreadableLine !== undefined)
    return { error: unreadableError(pod, unreadablePath, unreadableLine), key: unreadablePath };
  return exitCode === 0 ? undefined : { error: tarFailed(pod, exitCode, stderr) };
}

function shrunkError(pod: string, path: string, stderr: string): CainError {
  return new CainError(
    'CAIN_TRANSFER_SHORT',
    `A file became shorter while it was read in pod ${pod}: ${path}`,
    {
      hint: "No Cassandra changes a snapshot's files. Look at the node's kernel log: its disk may lose data.",
      fields: { pod, path, stderr },
    },
  );
}

function unreadableError(pod: string, path: string, line: string): CainError {
  return new CainError('CAIN_FILE_UNREADABLE', `A file can't be read in pod ${pod}: ${line}`, {
    hint: "Look at the node's kernel log: its disk fails. Replace the disk or the node; the last good backup is untouched.",
    fields: { pod, path },
  });
}

function tarFailed(pod: string, exitCode: number, stderr: string): CainError {
  const said = stderr.trim().slice(-2000);
  return new CainError(
    'CAIN_EXEC_FAILED',
    `Reading files in ${pod} failed with exit code ${exitCode}: ${said}`,
    {
      retryable: true,
    },
  );
}
