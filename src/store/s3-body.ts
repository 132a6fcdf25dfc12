import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { CainError } from '../errors.ts';
import { storeError } from './s3-errors.ts';

export interface ExpectedBody {
  readonly where: string;
  readonly sizeBytes: number;
  /** Of the whole object, where the server knows it. */
  readonly crc32?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A body that ends only when all of it came, with its CRC-32; anything else throws. */
export function checkedBody(
  stream: Readable,
  expected: ExpectedBody,
): AsyncIterable<Uint8Array> & { destroy(error?: Error): void } {
  // What goes wrong before somebody reads is thrown to the reader, not at the process.
  stream.on('error', () => {});
  return {
    [Symbol.asyncIterator]: () => readChecked(stream, expected),
    destroy: (error) => {
      stream.destroy(error);
    },
  };
}

async function* readChecked(stream: Readable, expected: ExpectedBody): AsyncGenerator<Uint8Array> {
  const { where, signal } = expected;
  let sizeBytes = 0;
  let crc = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      sizeBytes += chunk.length;
      if (expected.crc32 !== undefined) crc = crc32(chunk, crc);
      yield chunk;
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw storeError('read an object to its end', where, error);
  }
  if (sizeBytes !== expected.sizeBytes) {
    throw new CainError(
      'CAIN_STORE',
      `Got ${sizeBytes} of the ${expected.sizeBytes} bytes of an object: ${where}`,
      {
        retryable: true,
      },
    );
  }
  if (expected.crc32 !== undefined && crc !== expected.crc32) {
    throw new CainError('CAIN_STORE_CHECKSUM', `Got other bytes than the object store holds: ${where}`, {
      retryable: true,
    });
  }
}
