/** Classes whose objects can be read at once; from any other a restore would wait for hours. */
const readableClasses = new Set([
  'STANDARD',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER_IR',
  'REDUCED_REDUNDANCY',
  'EXPRESS_ONEZONE',
]);

/** `storageClass` as the store gives it: absent = the standard class. */
export function isReadableAtOnce(storageClass: string | undefined): boolean {
  return readableClasses.has(storageClass ?? 'STANDARD');
}
