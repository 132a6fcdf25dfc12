import { createHash } from 'node:crypto';
import type {
  MultipartUpload,
  PendingUpload,
  PutOptions,
  SignedRequest,
  StoredObject,
} from '../../src/store/store.ts';
import { memoryError } from './memory-error.ts';
import type { Accept } from './memory-signing.ts';

interface Upload {
  readonly key: string;
  readonly initiated: Date;
  readonly parts: Map<number, Buffer>;
}

interface Bucket {
  now(): Date;
  count(operation: string, signal?: AbortSignal): void;
  checkBytes(key: string, bytes: Uint8Array, crc32: number | undefined): void;
  write(key: string, bytes: Buffer, options: PutOptions): StoredObject;
  sign(accept: Accept): SignedRequest;
}

/** The multipart side of a bucket in memory. */
export function createMemoryUploads({ now, count, checkBytes, write, sign }: Bucket) {
  const uploads = new Map<string, Upload>();
  let lastId = 0;

  function find(uploadId: string, key: string): Upload {
    const upload = uploads.get(uploadId);
    if (!upload) throw memoryError('CAIN_STORE_MISSING', 'NoSuchUpload', key);
    return upload;
  }

  function begin(key: string, signal?: AbortSignal): MultipartUpload {
    count('CreateMultipartUpload', signal);
    const uploadId = `upload-${++lastId}`;
    uploads.set(uploadId, { key, initiated: now(), parts: new Map() });
    // Parts that were said to be there and are not: S3 says so on completion.
    const claimed: Error[] = [];
    let completed: { readonly whole: string; readonly stored: StoredObject } | undefined;
    return {
      async uploadPart(partNumber, body, options = {}) {
        const bytes = Buffer.from(body);
        count('UploadPart', options.signal);
        const upload = find(uploadId, key);
        checkBytes(key, bytes, options.crc32);
        upload.parts.set(partNumber, bytes);
      },
      async signPart(partNumber, { sizeBytes, crc32 }) {
        return sign({
          method: 'PUT',
          sizeBytes,
          crc32,
          take(bytes) {
            count('UploadPart');
            find(uploadId, key).parts.set(partNumber, bytes);
            return { etag: etagOf(bytes) };
          },
        });
      },
      addPart(partNumber, { etag, sizeBytes }) {
        if (completed) return;
        const part = find(uploadId, key).parts.get(partNumber);
        if (part?.length !== sizeBytes || etagOf(part) !== etag)
          claimed.push(memoryError('CAIN_STORE', 'InvalidPart', key));
      },
      async complete({ sizeBytes, crc32 }) {
        if (claimed[0]) throw claimed[0];
        // Of a completion whose answer was lost.
        const whole = `${sizeBytes} ${crc32}`;
        if (completed?.whole === whole) return completed.stored;
        const parts = [...find(uploadId, key).parts].toSorted(([a], [b]) => a - b);
        const bytes = Buffer.concat(parts.map(([, part]) => part));
        if (bytes.length !== sizeBytes) throw memoryError('CAIN_STORE_CHECKSUM', 'another size', key);
        count('CompleteMultipartUpload');
        checkBytes(key, bytes, crc32);
        const stored = write(key, bytes, { ifNoneMatch: '*' });
        uploads.delete(uploadId);
        completed = { whole, stored };
        return stored;
      },
      abort: async () => abort(uploadId),
    };
  }

  function abort(uploadId: string): void {
    count('AbortMultipartUpload');
    uploads.delete(uploadId);
  }

  function pending(fullPrefix: string): readonly PendingUpload[] {
    return [...uploads]
      .filter(([, { key }]) => key.startsWith(fullPrefix))
      .map(([uploadId, { key, initiated }]) => ({ key, uploadId, initiated }));
  }

  return { begin, abort, pending };
}

function etagOf(bytes: Buffer): string {
  return `"${createHash('md5').update(bytes).digest('hex')}"`;
}
