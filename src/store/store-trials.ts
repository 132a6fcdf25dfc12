import { crc32 } from 'node:zlib';
import type { ErrorCode } from '../error-codes.ts';
import { CainError } from '../errors.ts';
import type { MultipartUpload, Store, UploadOptions } from './store.ts';

/**
 * The only objects of ours that are ever overwritten. They stay: a backup may lack the right to delete, and two
 * trials at a time must not take away what the other one expects to find.
 */
type TrialObject = 'conditional' | 'replaced' | 'checksum' | 'multipart';

const bytes = Buffer.from('Written by Cain to find out what this object store can do.\n');
/** Of a request that must meet an object: with that one's bytes a refusal that had to be sent twice would be taken for the lost answer to a success. */
const otherBytes = Buffer.from('Written by Cain where this object store should have refused it.\n');
const rightCrc32 = crc32(bytes);
const wrongCrc32 = rightCrc32 ^ 1;
/** No server gives such an ETag. */
const wrongEtag = '"00000000000000000000000000000000"';

const keyOf = (store: Store, name: TrialObject): string => store.trialKey(name);

/** undefined = the store does as it should; else a sentence that says what it does. Throws what stands in the way of trying. */
export type Trial = (store: Store, options: UploadOptions) => Promise<string | undefined>;

export const conditionTrials: readonly Trial[] = [
  refusal('If-None-Match of a put', 'CAIN_STORE_EXISTS', putTwice),
  // Its key is taken since the trial before.
  refusal('If-None-Match of an upload in parts', 'CAIN_STORE_EXISTS', (store, options) =>
    uploadWhole(store, 'conditional', { content: otherBytes, wholeCrc32: crc32(otherBytes) }, options),
  ),
  refusal('If-Match of a put', 'CAIN_STORE_CHANGED', (store, options) =>
    store.put(keyOf(store, 'conditional'), otherBytes, { ...options, ifMatch: wrongEtag }),
  ),
  replaceByRightEtag,
];

export const checksumTrials: readonly Trial[] = [
  refusal('The CRC-32 of a put', 'CAIN_STORE_CHECKSUM', (store, options) =>
    store.put(keyOf(store, 'checksum'), bytes, { ...options, crc32: wrongCrc32 }),
  ),
  refusal('The CRC-32 of a part', 'CAIN_STORE_CHECKSUM', (store, options) =>
    withUpload(store, 'multipart', options, (upload) =>
      upload.uploadPart(1, bytes, { ...options, crc32: wrongCrc32 }),
    ),
  ),
  refusal('The CRC-32 of a whole upload', 'CAIN_STORE_CHECKSUM', uploadDamagedWhole),
];

/** No Job tries again after an unsafe store: one answer that was damaged on its way must not make it one. */
const failuresBeforeBlame = 2;

/** A trial of a request that must be refused with this code. What is accepted is proof at once. */
function refusal(
  what: string,
  code: ErrorCode,
  request: (...args: Parameters<Trial>) => Promise<unknown>,
): Trial {
  return async (store, options) => {
    for (let failures = 1; ; failures++) {
      try {
        await request(store, options);
      } catch (error) {
        if (hasCode(error, code)) return undefined;
        const detail = explain(what, error);
        if (failures < failuresBeforeBlame) continue;
        return detail;
      }
      return `${what} is ignored: a request that must be refused was accepted`;
    }
  };
}

/** What a failure says of the store, unless it only says that this was no good time or that we have no access. */
function explain(what: string, error: unknown): string {
  if (!(error instanceof CainError) || error.retryable || error.code === 'CAIN_STORE_ACCESS') throw error;
  return `${what} does not work: ${error.message}`;
}

/** The second put must fail; the first one may find what an earlier trial left. */
async function putTwice(store: Store, options: UploadOptions): Promise<void> {
  const key = keyOf(store, 'conditional');
  const conditions = { ...options, ifNoneMatch: '*' } as const;
  try {
    await store.put(key, bytes, conditions);
  } catch (error) {
    if (!hasCode(error, 'CAIN_STORE_EXISTS')) throw error;
    if (!(await store.head(key, options))) {
      throw new CainError('CAIN_STORE', 'An object is said to exist that does not', { cause: error });
    }
  }
  await store.put(key, otherBytes, conditions);
}

/** Another trial may be quicker, more than once. */
const replaceAttempts = 5;

async function replaceByRightEtag(store: Store, options: UploadOptions): Promise<string | undefined> {
  const key = keyOf(store, 'replaced');
  let detail = 'If-Match of a put does not work: the right ETag is refused';
  for (let attempt = 1; attempt <= replaceAttempts; attempt++) {
    const etag = (await store.head(key, options))?.etag;
    try {
      await store.put(key, bytes, { ...options, ...(etag === undefined ? {} : { ifMatch: etag }) });
      if (etag !== undefined) return undefined;
    } catch (error) {
      if (!hasCode(error, 'CAIN_STORE_CHANGED')) detail = explain('If-Match of a put', error);
    }
  }
  return detail;
}

/** What is accepted wrongly must not stay, or the next trial would find it and be refused for that. */
async function uploadDamagedWhole(store: Store, options: UploadOptions): Promise<void> {
  await uploadWhole(store, 'multipart', { content: bytes, wholeCrc32: wrongCrc32 }, options);
  await store.delete([keyOf(store, 'multipart')], options);
}

async function uploadWhole(
  store: Store,
  name: TrialObject,
  { content, wholeCrc32 }: { content: Buffer; wholeCrc32: number },
  options: UploadOptions,
): Promise<void> {
  await withUpload(store, name, options, async (upload) => {
    await upload.uploadPart(1, content, options);
    await upload.complete({ sizeBytes: content.length, crc32: wholeCrc32 });
  });
}

/** Leaves no unfinished upload behind; one whose abort fails too is cleared by a run an hour later. */
async function withUpload(
  store: Store,
  name: TrialObject,
  options: UploadOptions,
  use: (upload: MultipartUpload) => Promise<void>,
): Promise<void> {
  const upload = await store.beginUpload(keyOf(store, name), options);
  try {
    await use(upload);
  } catch (error) {
    await upload.abort().catch((abortError) => {
      if (error instanceof CainError) error.cleanupErrors.push(abortError);
    });
    throw error;
  }
  await upload.abort();
}

function hasCode(error: unknown, code: ErrorCode): boolean {
  return error instanceof CainError && error.code === code;
}
