import { CainError } from '../../errors.ts';

/** What CAIN_RESTORE_CONFIRM must say: which cluster is overwritten, and with what. */
export function confirmationFor(clusterName: string, tag: string): string {
  return `${clusterName}/${tag}`;
}

/** Throws CAIN_RESTORE_UNCONFIRMED where tables that are not empty would be changed without the user's word for it. */
export function checkConfirmation(
  filled: ReadonlySet<string>,
  {
    given,
    clusterName,
    tag,
    isMerge,
  }: { given: string | undefined; clusterName: string; tag: string; isMerge: boolean },
): void {
  const wanted = confirmationFor(clusterName, tag);
  if (filled.size === 0 || given === wanted) return;
  const names = [...filled].toSorted();
  const list = `${names.slice(0, 10).join(', ')}${names.length > 10 ? ` and ${names.length - 10} more` : ''}`;
  const why = given === undefined ? '' : `; CAIN_RESTORE_CONFIRM names ${given}`;
  throw new CainError(
    'CAIN_RESTORE_UNCONFIRMED',
    `${names.length === 1 ? 'A table is' : `${names.length} tables are`} not empty and would be ${isMerge ? 'merged with the backup' : 'truncated'}: ${list}${why}`,
    {
      hint: `They are as they were. If ${isMerge ? 'that' : 'their loss'} is what you want, set CAIN_RESTORE_CONFIRM='${wanted}'.`,
    },
  );
}
