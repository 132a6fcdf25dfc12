import { createHash } from 'node:crypto';
import { crc32 as crc32Of } from 'node:zlib';
import { CainError } from '../../src/errors.ts';
import { probePrefix } from '../../src/store/layout.ts';
import type { ObjectLock } from '../../src/store/object-lock.ts';
import type {
  DeleteResult,
  ExpirationRule,
  ObjectHead,
  ObjectInfo,
  PendingUpload,
  PutOptions,
  Store,
  StoredObject,
} from '../../src/store/store.ts';
import { memoryError } from './memory-error.ts';
import type { Accept, Signing } from './memory-signing.ts';
import { createMemoryUploads } from './memory-uploads.ts';

export interface MemoryStoreOptions {
  /** The server's clock. */
  readonly now?: () => Date;
  /** Of the data objects, as a bucket would echo it. */
  readonly storageClassOf?: (key: string) => string | undefined;
  /** The store's words for an object that it would not delete. */
  readonly refusesDeletion?: (key: string) => string | undefined;
  /** Deleting leaves a mark and the bytes. */
  readonly isVersioned?: boolean;
  /** A store that takes If-None-Match and If-Match and does not heed them. */
  readonly ignoresConditions?: boolean;
  /** A store that takes checksums and does not check them. */
  readonly ignoresChecksums?: boolean;
  /** What new objects are locked for. */
  readonly locks?: { lockOf(key: string): ObjectLock | undefined };
  /** What was asked for and is not done. */
  readonly ignoredAttributes?: readonly string[];
  readonly expirationRules?: readonly ExpirationRule[] | undefined;
  /** Where signed requests are taken; see memory-http.ts. */
  readonly signing?: Signing;
}

export interface MemoryObject extends StoredObject {
  readonly bytes: Buffer;
  readonly crc32: number;
  readonly lastModified: Date;
  readonly storageClass?: string;
}

export interface MemoryStore extends Store {
  /** Every object by its full key: for a test to look at and to damage. */
  readonly objects: Map<string, MemoryObject>;
}

/** A bucket in memory that passes the same suite as the S3 store. */
export function openMemoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  return storeAt('', createBucket(options));
}

type Bucket = ReturnType<typeof createBucket>;

function createBucket(options: MemoryStoreOptions) {
  const { now = () => new Date(), ignoresConditions = false, ignoresChecksums = false } = options;
  const objects = new Map<string, MemoryObject>();
  const requests: Record<string, number> = {};

  function count(operation: string, signal?: AbortSignal): void {
    requests[operation] = (requests[operation] ?? 0) + 1;
    signal?.throwIfAborted();
  }

  function checkBytes(key: string, bytes: Uint8Array, crc32: number | undefined): void {
    if (ignoresChecksums || crc32 === undefined || crc32Of(bytes) === crc32) return;
    throw memoryError('CAIN_STORE_CHECKSUM', 'BadDigest', key, true);
  }

  function write(key: string, bytes: Buffer, { ifNoneMatch, ifMatch }: PutOptions): StoredObject {
    const present = objects.get(key);
    if (!ignoresConditions) {
      if (ifNoneMatch && present) throw memoryError('CAIN_STORE_EXISTS', 'PreconditionFailed', key);
      if (ifMatch !== undefined && present?.etag !== ifMatch) {
        throw memoryError('CAIN_STORE_CHANGED', 'PreconditionFailed', key);
      }
    }
    const etag = `"${createHash('md5').update(bytes).digest('hex')}"`;
    const storageClass = options.storageClassOf?.(key);
    objects.set(key, {
      bytes,
      etag,
      crc32: crc32Of(bytes),
      lastModified: now(),
      ...(storageClass === undefined ? {} : { storageClass }),
    });
    return { etag };
  }

  /** In the order of S3: by the bytes of UTF-8, which is not the order of JavaScript's strings. */
  function keysUnder(fullPrefix: string): readonly string[] {
    return [...objects.keys()]
      .filter((key) => key.startsWith(fullPrefix))
      .toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  }

  function sign(accept: Accept) {
    if (!options.signing)
      throw new Error('This store signs nothing: it was opened without a place for signed requests');
    return options.signing.sign(accept);
  }

  const uploads = createMemoryUploads({ now, count, checkBytes, write, sign });
  return { options, now, objects, requests, uploads, count, checkBytes, write, sign, keysUnder };
}

function storeAt(prefix: string, bucket: Bucket): MemoryStore {
  const { options, objects, requests, uploads, count } = bucket;

  function existing(key: string): MemoryObject {
    const object = objects.get(prefix + key);
    if (!object) throw memoryError('CAIN_STORE_MISSING', 'NoSuchKey', prefix + key);
    return object;
  }

  async function* list(under: string, signal?: AbortSignal): AsyncGenerator<ObjectInfo> {
    const keys = bucket.keysUnder(prefix + checked(under));
    count('ListObjectsV2', signal);
    for (const key of keys) {
      const object = objects.get(key);
      signal?.throwIfAborted();
      if (object) yield { key: key.slice(prefix.length), ...describe(object) };
    }
  }

  async function* listNames(under: string, signal?: AbortSignal): AsyncGenerator<string> {
    const start = prefix.length + checked(under).length;
    count('ListObjectsV2', signal);
    const names = bucket.keysUnder(prefix + under).flatMap((key) => {
      const end = key.indexOf('/', start);
      return end < 0 ? [] : [key.slice(start, end)];
    });
    yield* new Set(names);
  }

  async function* listUploads(under: string, signal?: AbortSignal): AsyncGenerator<PendingUpload> {
    count('ListMultipartUploads', signal);
    for (const upload of uploads.pending(prefix + checked(under))) {
      yield { ...upload, key: upload.key.slice(prefix.length) };
    }
  }

  async function remove(keys: readonly string[], signal?: AbortSignal): Promise<DeleteResult> {
    const refused: Array<{ key: string; reason: string }> = [];
    for (const key of keys) {
      const reason = options.refusesDeletion?.(prefix + key);
      if (reason === undefined) objects.delete(prefix + key);
      else refused.push({ key, reason });
    }
    for (let sent = 0; sent < keys.length; sent += 1000) count('DeleteObjects', signal);
    const deleted = keys.length - refused.length;
    return { deleted, refused, ...(options.isVersioned && deleted > 0 ? { marked: deleted } : {}) };
  }

  return {
    objects,
    requests,
    location: `s3://memory/${prefix}`,
    async put(key, body, putOptions = {}) {
      const bytes = Buffer.from(body);
      count('PutObject', putOptions.signal);
      bucket.checkBytes(prefix + key, bytes, putOptions.crc32);
      return bucket.write(prefix + key, bytes, putOptions);
    },
    beginUpload: async (key, { signal } = {}) => uploads.begin(prefix + key, signal),
    async signPut(key, { sizeBytes, crc32 }, { ifNoneMatch } = {}) {
      return bucket.sign({
        method: 'PUT',
        sizeBytes,
        crc32,
        ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }),
        take(bytes) {
          count('PutObject');
          return bucket.write(prefix + key, bytes, ifNoneMatch === undefined ? {} : { ifNoneMatch });
        },
      });
    },
    refusalOf: (key, { status, code }) =>
      status === 412
        ? memoryError('CAIN_STORE_EXISTS', code, prefix + key)
        : memoryError(status === 403 ? 'CAIN_STORE_ACCESS' : 'CAIN_STORE', code, prefix + key, status >= 500),
    async signGet(key) {
      return bucket.sign({
        method: 'GET',
        give() {
          count('GetObject');
          return existing(key).bytes;
        },
      });
    },
    async get(key, { signal } = {}) {
      count('GetObject', signal);
      const object = existing(key);
      return { ...describe(object), crc32: object.crc32, body: bodyOf(object.bytes, signal) };
    },
    async head(key, { signal } = {}): Promise<ObjectHead | undefined> {
      count('HeadObject', signal);
      const object = objects.get(prefix + key);
      return object && { ...describe(object), crc32: object.crc32 };
    },
    list: (under, { signal } = {}) => list(under, signal),
    listNames: (under, { signal } = {}) => listNames(under, signal),
    delete: (keys, { signal } = {}) => remove(keys, signal),
    listUploads: (under, { signal } = {}) => listUploads(under, signal),
    abortUpload: async ({ uploadId }) => uploads.abort(uploadId),
    lockOf: (key) => options.locks?.lockOf(prefix + key),
    async keepLocked(key, lock, { signal } = {}) {
      count('PutObjectRetention', signal);
      existing(key);
      return options.locks?.lockOf(prefix + key) ?? lock;
    },
    trialKey: (name) => `${probePrefix}${name}`,
    ignoredAttributes: async () => options.ignoredAttributes ?? [],
    expirationRules: async () => ('expirationRules' in options ? options.expirationRules : []),
    now: async () => bucket.now(),
    within: (longer) => storeAt(prefix + checked(longer), bucket),
    close: () => {},
  };
}

function describe({ bytes, etag, lastModified, storageClass }: MemoryObject) {
  return {
    sizeBytes: bytes.length,
    etag,
    lastModified,
    ...(storageClass === undefined ? {} : { storageClass }),
  };
}

const bodyChunkBytes = 64 * 1024;

function bodyOf(bytes: Buffer, signal?: AbortSignal) {
  let destroyed: Error | undefined;
  async function* read(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += bodyChunkBytes) {
      signal?.throwIfAborted();
      if (destroyed) throw destroyed;
      yield bytes.subarray(at, at + bodyChunkBytes);
    }
  }
  return {
    [Symbol.asyncIterator]: read,
    destroy(error?: Error) {
      destroyed = error ?? memoryError('CAIN_STORE', 'the body was destroyed', '', true);
    },
  };
}

function checked(prefix: string): string {
  if (prefix === '' || prefix.endsWith('/')) return prefix;
  throw new CainError('CAIN_STORE', `A prefix must be empty or end with "/": ${prefix}`);
}
