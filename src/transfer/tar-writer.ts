import { headerChecksum, tarBlockBytes } from './tar-reader.ts';

/** A regular file of known size, as it is to lie where the archive is taken apart. */
export interface TarFile {
  /** Without a leading "/". */
  readonly name: string;
  readonly sizeBytes: number;
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970. */
  readonly mtimeSeconds: number;
}

/** Longer names travel in a member of their own, as GNU tar writes them. */
const longestPlainName = 100;
/** What 11 octal digits hold; larger numbers are written in GNU's base-256. */
const largestOctal = 0o77777777777;

/** What stands before a file's bytes. */
export function tarHeader(file: TarFile): Buffer {
  const name = Buffer.from(file.name);
  const header = headerBlock({ ...file, name, type: '0' });
  if (name.length <= longestPlainName) return header;
  const text = Buffer.concat([name, Buffer.alloc(1)]);
  const longName = headerBlock({
    name: Buffer.from('././@LongLink'),
    sizeBytes: text.length,
    mode: 0o644,
    uid: 0,
    gid: 0,
    mtimeSeconds: 0,
    type: 'L',
  });
  return Buffer.concat([longName, text, tarPadding(text.length), header]);
}

/** What stands behind a file's bytes. */
export function tarPadding(sizeBytes: number): Buffer {
  return Buffer.alloc((tarBlockBytes - (sizeBytes % tarBlockBytes)) % tarBlockBytes);
}

/** What ends an archive. */
export function tarEnd(): Buffer {
  return Buffer.alloc(2 * tarBlockBytes);
}

/** All bytes of a file in the archive: header, contents and padding. */
export function tarEntryBytes({ name, sizeBytes }: Pick<TarFile, 'name' | 'sizeBytes'>): number {
  const nameBytes = Buffer.byteLength(name);
  const longName = nameBytes > longestPlainName ? tarBlockBytes + wholeBlocks(nameBytes + 1) : 0;
  return longName + tarBlockBytes + wholeBlocks(sizeBytes);
}

function wholeBlocks(bytes: number): number {
  return Math.ceil(bytes / tarBlockBytes) * tarBlockBytes;
}

interface Header extends Omit<TarFile, 'name'> {
  readonly name: Buffer;
  readonly type: '0' | 'L';
}

function headerBlock({ name, sizeBytes, mode, uid, gid, mtimeSeconds, type }: Header): Buffer {
  const block = Buffer.alloc(tarBlockBytes);
  name.copy(block, 0, 0, longestPlainName);
  writeNumber(block, 100, 8, mode);
  writeNumber(block, 108, 8, uid);
  writeNumber(block, 116, 8, gid);
  writeNumber(block, 124, 12, sizeBytes);
  writeNumber(block, 136, 12, Math.max(0, Math.trunc(mtimeSeconds)));
  block.write(type, 156, 'latin1');
  block.write('ustar  \0', 257, 'latin1');
  block.write(`${headerChecksum(block).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

function writeNumber(block: Buffer, start: number, length: number, value: number): void {
  const largest = Math.min(largestOctal, 8 ** (length - 1) - 1);
  if (value <= largest) {
    block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, start, 'latin1');
    return;
  }
  const wide = Buffer.alloc(8);
  wide.writeBigUInt64BE(BigInt(value));
  const bytes = Math.min(wide.length, length - 1);
  block[start] = 0x80;
  wide.copy(block, start + length - bytes, wide.length - bytes);
}
