/** CRC-32 as S3's headers carry it: four bytes, big-endian, in base64. */
export function crc32ToBase64(crc32: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32 >>> 0);
  return bytes.toString('base64');
}

/** undefined = none, or that of a multipart object's parts ("AAAAAA==-3"), which says nothing of the whole. */
export function crc32FromBase64(text: string | undefined): number | undefined {
  if (text === undefined || !/^[A-Za-z0-9+/]{6}==$/.test(text)) return undefined;
  return Buffer.from(text, 'base64').readUInt32BE();
}
