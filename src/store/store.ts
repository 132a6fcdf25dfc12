import type { CainError } from '../errors.ts';
import type { ObjectLock } from './object-lock.ts';

/**
 * What Cain needs of an object store. Keys are relative to the prefix that the store was opened with.
 * Every prefix that is listed or deleted ends with "/", so that `pod-1` never matches `pod-10`.
 * All errors are CainErrors: CAIN_STORE_EXISTS, _CHANGED, _MISSING, _CHECKSUM, _ACCESS, or CAIN_STORE.
 * One conformance suite (test/unit/store/store-conformance.ts) is passed by every implementation.
 */
export interface ObjectInfo {
  readonly key: string;
  readonly sizeBytes: number;
  /** As the server gives it, quotes and all. Not a checksum. */
  readonly etag: string;
  readonly lastModified: Date;
  /** Absent = the standard class. */
  readonly storageClass?: string;
}

export interface StoredObject {
  readonly etag: string;
  /** Set where the bucket is versioned. */
  readonly versionId?: string;
}

export interface ObjectHead extends StoredObject {
  readonly sizeBytes: number;
  readonly lastModified: Date;
  /** Full-object CRC-32 where the server knows it. */
  readonly crc32?: number;
  readonly storageClass?: string;
}

export interface PutOptions {
  /** The object must be new, else CAIN_STORE_EXISTS. */
  readonly ifNoneMatch?: '*';
  /** The object must have this ETag, else CAIN_STORE_CHANGED. */
  readonly ifMatch?: string;
  /** Of the bytes as they were first read, where that is known: other bytes are refused. Default: computed from the body. */
  readonly crc32?: number;
  readonly signal?: AbortSignal;
}

export interface UploadOptions {
  readonly signal?: AbortSignal;
}

export interface PartOptions extends UploadOptions {
  /** As in PutOptions. */
  readonly crc32?: number;
}

/** Size and CRC-32 of bytes that somebody else sends. */
export interface SignedBody {
  readonly sizeBytes: number;
  readonly crc32: number;
}

/** A request that works without our credentials for some minutes, with just these headers. A secret. */
export interface SignedRequest {
  readonly method: 'GET' | 'PUT';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly lifetimeSeconds: number;
}

export interface RefusedAnswer {
  readonly status: number;
  /** The server's own name for the error; '' = none. */
  readonly code: string;
  readonly message: string;
}

/** One multipart upload. After `complete` or `abort` resolves nothing of it is left unfinished. */
export interface MultipartUpload {
  /** `partNumber` counts from 1; a part may be sent again after it failed. `body` must not change until it resolves. */
  uploadPart(partNumber: number, body: Uint8Array, options?: PartOptions): Promise<void>;
  /** For somebody else to send: good for this part, this size and these bytes alone. */
  signPart(partNumber: number, body: SignedBody): Promise<SignedRequest>;
  /** Somebody else sent this part, as signed. Not to be trusted: `complete` has the server compare all of it. */
  addPart(partNumber: number, part: SignedBody & { readonly etag: string }): void;
  /** Fails unless the server's size and full-object CRC-32 equal these, and (If-None-Match) unless the key is new. */
  complete(whole: { readonly sizeBytes: number; readonly crc32: number }): Promise<StoredObject>;
  /** Idempotent; waits until the server has dropped the upload. */
  abort(): Promise<void>;
}

export interface PendingUpload {
  readonly key: string;
  readonly uploadId: string;
  readonly initiated: Date;
}

export interface DeleteResult {
  readonly deleted: number;
  /** Objects that the store would not delete (Object Lock, policy): key and the store's words. */
  readonly refused: ReadonlyArray<{ readonly key: string; readonly reason: string }>;
  /** Of the deleted: a versioned bucket only marked them, and keeps their bytes as older versions. Absent = none. */
  readonly marked?: number;
}

/** An enabled lifecycle rule of the bucket that deletes objects by age. */
export interface ExpirationRule {
  readonly id: string;
  /** From the bucket's root; '' = the whole bucket. */
  readonly prefix: string;
}

export interface Store {
  /** For people: `s3://bucket/prefix/`. */
  readonly location: string;
  /** Puts the whole object, its CRC-32 checked by the server. */
  put(key: string, body: Uint8Array, options?: PutOptions): Promise<StoredObject>;
  /** Starts a multipart upload with If-None-Match on completion and a full-object CRC-32. */
  beginUpload(key: string, options?: UploadOptions): Promise<MultipartUpload>;
  /** For somebody else to send: puts just these bytes there; with `ifNoneMatch` only if the key is new. */
  signPut(key: string, body: SignedBody, options?: { readonly ifNoneMatch?: '*' }): Promise<SignedRequest>;
  /** For somebody else to send; a Range may be added. */
  signGet(key: string): Promise<SignedRequest>;
  /** What an answer other than 200 to a signed request means. */
  refusalOf(key: string, answer: RefusedAnswer): CainError;
  /** The body must be read to its end or destroyed. Missing: CAIN_STORE_MISSING. */
  get(
    key: string,
    options?: UploadOptions,
  ): Promise<ObjectHead & { readonly body: AsyncIterable<Uint8Array> & { destroy(error?: Error): void } }>;
  /** undefined = there is no such object; anything unclear is an error. */
  head(key: string, options?: UploadOptions): Promise<ObjectHead | undefined>;
  /** All objects under a prefix that ends with "/" (or "" for all), in key order, page by page. */
  list(prefix: string, options?: UploadOptions): AsyncIterable<ObjectInfo>;
  /** The names of the "directories" right below a prefix that ends with "/" (or ""), without their "/". */
  listNames(prefix: string, options?: UploadOptions): AsyncIterable<string>;
  /** Deletes up to any number of keys, 1,000 a request. A key that does not exist counts as deleted. */
  delete(keys: readonly string[], options?: UploadOptions): Promise<DeleteResult>;
  /** Unfinished multipart uploads under a prefix that ends with "/" (or ""). */
  listUploads(prefix: string, options?: UploadOptions): AsyncIterable<PendingUpload>;
  abortUpload(upload: PendingUpload): Promise<void>;
  /** The lock that a new object gets there; undefined = none. */
  lockOf(key: string): ObjectLock | undefined;
  /** Locks an object for as long as a new one where its lock would end too soon; gives the lock that it has then. */
  keepLocked(
    key: string,
    lock: ObjectLock | undefined,
    options?: UploadOptions,
  ): Promise<ObjectLock | undefined>;
  /** Where a trial of this store puts an object: below `.cain/probe/`. */
  trialKey(name: string): string;
  /** A sentence for each thing that was asked for new objects and that this store leaves out or refuses. May put an object at `key`. */
  ignoredAttributes(key: string, options?: UploadOptions): Promise<readonly string[]>;
  /** The rules that would delete objects of this store; undefined = the server does not tell (no right, not implemented). */
  expirationRules(options?: UploadOptions): Promise<readonly ExpirationRule[] | undefined>;
  /** The server's clock, from its Date header. */
  now(options?: UploadOptions): Promise<Date>;
  /** The same store, its keys relative to a longer prefix (which ends with "/"). */
  within(prefix: string): Store;
  /** Requests sent so far, by operation. */
  readonly requests: Readonly<Record<string, number>>;
  close(): void;
}
