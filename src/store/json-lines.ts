import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { CainError, messageOf } from '../errors.ts';
import { formatError } from '../record.ts';
import { splitLines } from './split-lines.ts';
import type { Store, UploadOptions } from './store.ts';
import { writeStream } from './write-stream.ts';

export interface WrittenLines {
  readonly key: string;
  /** Hex, of the stored (compressed) bytes: what the manifest names the object by. */
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly lines: number;
}

export interface WriteLinesOptions extends UploadOptions {
  /** Said at each call, since it is not a choice: an upload in parts is never anything else. */
  readonly ifNoneMatch: '*';
}

/** Lines are gathered into pieces of about this many characters: one write each would be slow. */
const pieceLength = 64 * 1024;

/**
 * Writes one JSON object a line, gzipped, as a new object (CAIN_STORE_EXISTS where the key is taken). The same lines
 * give the same bytes. Memory holds a part, not the whole. When the lines or the store fail nothing is stored.
 */
export async function writeJsonLines(
  store: Store,
  key: string,
  lines: Iterable<object> | AsyncIterable<object>,
  { signal }: WriteLinesOptions,
): Promise<WrittenLines> {
  const options = signal ? { signal } : {};
  let count = 0;
  async function* pieces(): AsyncGenerator<string> {
    let piece = '';
    for await (const line of lines) {
      piece += `${JSON.stringify(line)}\n`;
      count++;
      if (piece.length < pieceLength) continue;
      yield piece;
      piece = '';
    }
    yield piece;
  }

  // Node writes no time of day into the header.
  const gzip = createGzip();
  const hash = createHash('sha256');
  let sizeBytes = 0;
  async function* hashed(): AsyncGenerator<Uint8Array> {
    for await (const chunk of gzip as AsyncIterable<Buffer>) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      yield chunk;
    }
  }
  // Its failure reaches the loop through gzip. As the pipeline's own last step the writing would not be waited for when it fails.
  pipeline(Readable.from(pieces(), { highWaterMark: 1 }), gzip, options).catch(() => {});
  try {
    await writeStream(store, key, hashed(), options);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    gzip.destroy();
  }
  return { key, sha256: hash.digest('hex'), sizeBytes, lines: count };
}

export interface ReadLinesOptions extends UploadOptions {
  readonly sha256?: string | undefined;
  /** More than there can be is no record of ours: a few megabytes can unpack to more than any memory holds. */
  readonly mostLines?: number;
  /** Default: that of a schema with thousands of columns. */
  readonly longestLineBytes?: number;
}

const usualLongestLineBytes = 64 * 1024 * 1024;
/** An inventory's lines pack to a sixth, schemas that repeat themselves to a fiftieth; gzip can reach a thousandth. */
const mostRatio = 300;
/** What unpacks to less than this harms nobody, whatever its ratio. */
const harmlessBytes = 16 * 1024 * 1024;

/**
 * Reads what writeJsonLines wrote. Lines come before the end is known to be whole and to have the SHA-256: act on
 * them only once the loop has ended. Damage is CAIN_FORMAT; a cut connection is what the store says. The connection
 * stays open while the reader works on a line: what takes long is better gathered first.
 */
export async function* readJsonLines(
  store: Store,
  key: string,
  {
    sha256,
    mostLines = Number.POSITIVE_INFINITY,
    longestLineBytes = usualLongestLineBytes,
    ...options
  }: ReadLinesOptions = {},
): AsyncGenerator<unknown> {
  const { body } = await store.get(key, options);
  const hash = createHash('sha256');
  let packedBytes = 0;
  let storeFailure: unknown;
  async function* compressed(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of body) {
        hash.update(chunk);
        packedBytes += chunk.length;
        yield chunk;
      }
    } catch (error) {
      storeFailure = error;
      throw error;
    }
  }

  const gunzip = createGunzip();
  const fed = pipeline(Readable.from(compressed(), { objectMode: false }), gunzip);
  // Its failure reaches the loop below through gunzip.
  fed.catch(() => {});
  async function* unpacked(): AsyncGenerator<Buffer> {
    let bytes = 0;
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > harmlessBytes && bytes > packedBytes * mostRatio) {
        throw formatError(key, `it unpacks to more than ${mostRatio} times its size`);
      }
      yield chunk;
    }
  }
  let lineNumber = 0;
  try {
    for await (const line of splitLines(unpacked(), key, longestLineBytes)) {
      if (++lineNumber > mostLines) throw formatError(key, `it has more than ${mostLines} lines`);
      yield parseLine(line, key, lineNumber);
    }
    await fed;
  } catch (error) {
    options.signal?.throwIfAborted();
    if (storeFailure !== undefined) throw storeFailure;
    if (error instanceof CainError) throw error;
    throw formatError(key, `after line ${lineNumber} it can't be decompressed (${messageOf(error)})`, error);
  } finally {
    body.destroy();
  }
  if (sha256 !== undefined && hash.digest('hex') !== sha256) {
    throw formatError(key, 'its SHA-256 is not the one that names it');
  }
}

function parseLine(line: string, key: string, lineNumber: number): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw formatError(`${key}, line ${lineNumber}`, 'it is not JSON', cause);
  }
}
