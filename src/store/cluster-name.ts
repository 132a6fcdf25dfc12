const mostBytes = 255;

/**
 * Why a cluster of this name can't have a place in a bucket, as a clause; undefined = it can. Its name is a part of every
 * key: blanks, Unicode and even "/" are, but a segment of dots or none would lead elsewhere in whatever resolves paths.
 */
export function clusterNameFault(name: string): string | undefined {
  if (/\p{Cc}/u.test(name)) return 'it holds control characters';
  if (Buffer.byteLength(name) > mostBytes) return `it has more than ${mostBytes} bytes`;
  const segments = name.split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) {
    return 'as part of a key it would have an empty segment, or one of dots';
  }
  return undefined;
}
