import { CainError } from '../../errors.ts';
import type { UnreadableBackup } from './read-listing.ts';

/** What a list ends with that shows manifests with the reason why they can't be read; undefined = it shows none. Pure. */
export function unreadableError(unreadable: readonly UnreadableBackup[]): CainError | undefined {
  const refused = unreadable.filter(({ isRefused }) => isRefused).length;
  const others = unreadable.length - refused;
  // What may be damage comes first: a right that is missing hides no loss.
  if (others > 0) {
    return new CainError('CAIN_FORMAT', `${manifests(others)} can't be read; the list says why`, {
      hint: 'They are damaged or were written by a newer Cain; until they can be read nothing is pruned.',
    });
  }
  if (refused === 0) return undefined;
  return new CainError('CAIN_STORE_ACCESS', `The store refuses to show ${manifests(refused)}`, {
    hint: 'They may be whole: give the credentials s3:GetObject on the bucket, and kms:Decrypt where it is encrypted so; set CAIN_S3_SSE_C_KEY to the customer key, if there is one; enable a key that is disabled, and restore what is archived.',
  });
}

function manifests(count: number): string {
  return `${count} ${count === 1 ? 'manifest' : 'manifests'}`;
}
