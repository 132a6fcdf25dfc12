/**
 * Classes from which a restore would wait for hours. By name, since stores have classes of their own (Ceph's are what
 * their owner calls them, NEARLINE of GCS): all that is unknown is taken for readable, and a GET tells.
 */
const archiveClasses = new Set(['GLACIER', 'DEEP_ARCHIVE', 'COLD_ARCHIVE', 'DEEP_COLD_ARCHIVE']);

/** `storageClass` as the store gives it: absent = the standard class. */
export function isReadableAtOnce(storageClass: string | undefined): boolean {
  return storageClass === undefined || !archiveClasses.has(storageClass);
}
