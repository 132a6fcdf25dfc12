import { CainError } from '../errors.ts';

export const tarBlockBytes = 512;

/** Gets the members of an archive in order. A promise that is returned holds the stream back. */
export interface TarSink {
  beginFile(name: string, sizeBytes: number): void | Promise<void>;
  /** A slice that is valid until the returned promise resolves. */
  fileData(slice: Buffer): void | Promise<void>;
  endFile(): void | Promise<void>;
}

export interface TarReader {
  push(chunk: Buffer): Promise<void>;
  /** True once the end-of-archive block was seen: what comes before it came whole. */
  readonly isComplete: boolean;
}

/**
 * Takes apart what `tar --create --format=gnu` writes of regular files. Each header has a checksum, so bytes
 * lost anywhere in between are noticed at the next header. tar-stream does the same at a quarter of the speed
 * (144 against 600 MB per CPU second), which is why this one exists.
 */
export function createTarReader(sink: TarSink, where: string): TarReader {
  const block = Buffer.alloc(tarBlockBytes);
  let blockFill = 0;
  let remaining = 0;
  let padding = 0;
  let longName: { bytes: Buffer; fill: number } | undefined;
  let pendingName: string | undefined;
  let state: 'header' | 'file' | 'longName' | 'padding' | 'end' = 'header';

  async function onHeader(): Promise<void> {
    if (block.every((byte) => byte === 0)) {
      state = 'end';
      return;
    }
    const header = parseTarHeader(block, where);
    remaining = header.sizeBytes;
    padding = (tarBlockBytes - (remaining % tarBlockBytes)) % tarBlockBytes;
    if (header.type === 'longName') {
      longName = { bytes: Buffer.alloc(remaining), fill: 0 };
      state = 'longName';
      return;
    }
    const name = pendingName ?? header.name;
    pendingName = undefined;
    state = 'file';
    await sink.beginFile(name, remaining);
    if (remaining === 0) await onFileEnd();
  }
  async function onFileEnd(): Promise<void> {
    state = padding > 0 ? 'padding' : 'header';
    await sink.endFile();
  }
  function onLongNameEnd(name: Buffer): void {
    pendingName = name.subarray(0, name.indexOf(0) < 0 ? name.length : name.indexOf(0)).toString('utf8');
    longName = undefined;
    state = padding > 0 ? 'padding' : 'header';
  }

  async function push(chunk: Buffer): Promise<void> {
    let at = 0;
    while (at < chunk.length && state !== 'end') {
      if (state === 'header') {
        const taken = chunk.copy(block, blockFill, at, at + tarBlockBytes - blockFill);
        blockFill += taken;
        at += taken;
        if (blockFill < tarBlockBytes) return;
        blockFill = 0;
        await onHeader();
      } else if (state === 'padding') {
        const taken = Math.min(padding, chunk.length - at);
        padding -= taken;
        at += taken;
        if (padding === 0) state = 'header';
      } else {
        const slice = chunk.subarray(at, at + remaining);
        at += slice.length;
        remaining -= slice.length;
        if (longName) {
          longName.fill += slice.copy(longName.bytes, longName.fill);
          if (remaining === 0) onLongNameEnd(longName.bytes);
        } else {
          const taken = sink.fileData(slice);
          if (taken) await taken;
          if (remaining === 0) await onFileEnd();
        }
      }
    }
  }

  return {
    push,
    get isComplete() {
      return state === 'end';
    },
  };
}

interface TarHeader {
  readonly type: 'file' | 'longName';
  readonly name: string;
  readonly sizeBytes: number;
}

function parseTarHeader(block: Buffer, where: string): TarHeader {
  const stored = Number.parseInt(block.toString('latin1', 148, 156), 8);
  if (stored !== headerChecksum(block))
    throw tarError(where, 'a header has the wrong checksum: bytes were lost on the way');
  const type = String.fromCharCode(block[156] ?? 0);
  if (type !== '0' && type !== '\0' && type !== 'L')
    throw tarError(where, `it holds a member of type "${type}"`);
  return {
    type: type === 'L' ? 'longName' : 'file',
    name: textOf(block, 0, 100),
    sizeBytes: tarNumber(block, 124, 12),
  };
}

/** The sum of all bytes of the header, with its own field taken as spaces. */
export function headerChecksum(block: Uint8Array): number {
  let sum = 8 * 32;
  for (let index = 0; index < tarBlockBytes; index++) {
    if (index < 148 || index >= 156) sum += block[index] ?? 0;
  }
  return sum;
}

function textOf(block: Buffer, start: number, length: number): string {
  const end = block.indexOf(0, start);
  return block.toString('utf8', start, end < 0 || end > start + length ? start + length : end);
}

/** Octal text, or GNU's base-256 for files over 8 GiB. */
function tarNumber(block: Buffer, start: number, length: number): number {
  if (((block[start] ?? 0) & 0x80) === 0)
    return Number.parseInt(textOf(block, start, length).trim() || '0', 8);
  return Number(block.readBigUInt64BE(start + length - 8));
}

function tarError(where: string, why: string): CainError {
  return new CainError('CAIN_TRANSFER_SHORT', `The stream of ${where} is damaged: ${why}`, {
    retryable: true,
  });
}
