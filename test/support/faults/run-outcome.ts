import type { CainRun } from '../run-cain.ts';
import { checkListedBackups } from './check-backups.ts';
import type { Lane } from './lane.ts';

/** The code of the error that a run ended with, from its log. */
export function errorCodeOf({ stdout, stderr }: CainRun): string | undefined {
  return /"code":"(CAIN_[A-Z_]+)"/.exec(
    `${stdout}${stderr}`.split('\n').findLast((line) => line.includes('"level":"error"')) ?? '',
  )?.[1];
}

/** What failed behind the commit is told in the log alone: the exit code is of the backup. */
function afterCommit({ stdout, stderr }: CainRun): string {
  const warned = `${stdout}${stderr}`
    .split('\n')
    .find((line) => line.includes('"Prune failed; the backup stands"'));
  if (warned === undefined) return '';
  return `; its prune failed, ${/"code":"(CAIN_[A-Z_]+)"/.exec(warned)?.[1] ?? 'no reason'}`;
}

/**
 * What a backup under a fault came to, in words, beginning with its coverage; throws what must never be: success
 * without a backup, a failure that names no reason, a backup that is not what the snapshots held.
 */
export async function backupOutcome(
  lane: Lane,
  run: CainRun,
  tagsBefore: ReadonlySet<string>,
  dst?: string,
): Promise<string> {
  await checkListedBackups(lane, dst);
  const { backups } = await lane.bucket(dst).catalog();
  const fresh = backups.filter(({ tag }) => !tagsBefore.has(tag));
  if (run.exitCode === 0) {
    if (fresh.length !== 1) throw new Error(`Exit code 0, but ${fresh.length} new backups are listed`);
    const outcome = `${fresh[0]?.coverage}${afterCommit(run)}`;
    if (outcome.endsWith('no reason'))
      throw new Error(`The prune failed for no reason:\n${run.stderr.slice(-2000)}`);
    return outcome;
  }
  const code = errorCodeOf(run);
  if (code === undefined)
    throw new Error(`Ended with ${run.exitCode ?? run.signal} and no reason:\n${run.stderr.slice(-2000)}`);
  if (fresh.length > 0 && code !== 'CAIN_COMMIT_UNCLEAR')
    throw new Error(`Ended with ${code}, yet the backup is listed:\n${run.stderr.slice(-2000)}`);
  return `failed, exit ${run.exitCode}, ${code}`;
}

export async function listedTags(lane: Lane, dst?: string): Promise<ReadonlySet<string>> {
  return new Set((await lane.bucket(dst).catalog()).backups.map(({ tag }) => tag));
}
