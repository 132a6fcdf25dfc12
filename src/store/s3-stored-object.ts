import { CainError } from '../errors.ts';
import type { StoredObject } from './store.ts';

/** Without an ETag Cain could not tell later whether the object is still the same. */
export function storedObject(
  { ETag, VersionId }: { readonly ETag?: string | undefined; readonly VersionId?: string | undefined },
  where: string,
): StoredObject {
  if (!ETag) throw new CainError('CAIN_STORE', `The object store gave no ETag: ${where}`);
  return VersionId === undefined ? { etag: ETag } : { etag: ETag, versionId: VersionId };
}
