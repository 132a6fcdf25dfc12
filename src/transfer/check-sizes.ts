import { CainError } from '../errors.ts';
import { execInPod } from '../kubernetes/exec-session.ts';
import type { TransferItem, UploadOptions } from './upload-options.ts';

/** Of the files that stdin names, in `$1` bytes, in that order. */
const sizesScript = `
LC_ALL=C
export LC_ALL
head -c "$1" | xargs -0 -r stat --printf '%s\\n' --
`;

/**
 * Whether files still have the size that they were listed with. tar fills up with zeros what is missing of one that
 * becomes shorter while it is read, and says so at its end, which a stream that is cut does not tell.
 */
export async function checkSizes(
  items: readonly TransferItem[],
  { exec, pod, signal, limitMs, stallMs }: UploadOptions,
): Promise<void> {
  const list = Buffer.from(items.map(({ path }) => `${path}\0`).join(''));
  const { exitCode, stdout, stderr } = await execInPod(exec, {
    pod,
    purpose: 'Checking the sizes of files that were read',
    command: ['sh', '-c', sizesScript, 'cain', String(list.length)],
    stdin: [list],
    signal,
    limitMs,
    stallMs,
  });
  const sizes = stdout.split('\n').slice(0, -1);
  if (exitCode !== 0 || sizes.length !== items.length) {
    throw new CainError(
      'CAIN_EXEC_FAILED',
      `The sizes of files in ${pod.name} can't be read (exit code ${exitCode}): ${stderr.trim().slice(-2000)}`,
      { retryable: true },
    );
  }
  for (const [index, { path, file }] of items.entries()) {
    if (Number(sizes[index]) !== file.sizeBytes) throw shrunkError(pod.name, path);
  }
}

export function shrunkError(pod: string, path: string, stderr?: string): CainError {
  return new CainError(
    'CAIN_TRANSFER_SHORT',
    `A file became shorter while it was read in pod ${pod}: ${path}`,
    {
      hint: "No Cassandra changes a snapshot's files. Look at the node's kernel log: its disk may lose data.",
      fields: { pod, path, ...(stderr === undefined ? {} : { stderr }) },
    },
  );
}
