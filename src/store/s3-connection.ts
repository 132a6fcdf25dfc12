import type { S3Client } from '@aws-sdk/client-s3';
import type { ErrorCode } from '../error-codes.ts';
import { CainError } from '../errors.ts';
import type { CustomerKey } from './s3-customer-key.ts';
import { storeError } from './s3-errors.ts';
import type { ObjectAttributes } from './s3-object-attributes.ts';
import type { Presign } from './s3-presign.ts';
import type { SendBytes, SendOptions } from './s3-send-bytes.ts';

export interface RequestSubject {
  /** Reads after "Can't": "put an object". */
  readonly doing: string;
  /** Full key or prefix; '' = the bucket. */
  readonly key: string;
  readonly signal?: AbortSignal | undefined;
  /** The code of a 412; default CAIN_STORE_EXISTS. */
  readonly precondition?: ErrorCode;
}

/** One client, one bucket and one prefix: what the operations of a store share. */
export interface S3Connection {
  readonly client: S3Client;
  readonly bucket: string;
  /** '' or ends with "/". */
  readonly prefix: string;
  /** What a new object gets: class, encryption, tags, lock. */
  attributes(fullKey: string): ObjectAttributes;
  /** Of every request for an object's bytes, `attributes` has it too. */
  readonly customerKey: CustomerKey;
  readonly presign: Presign;
  /** Within `call`. */
  readonly sendBytes: SendBytes;
  /** Sends requests and turns what goes wrong into CainErrors; an abort rejects with the signal's own reason. */
  call<T>(subject: RequestSubject, send: (client: S3Client, options: SendOptions) => Promise<T>): Promise<T>;
}

export function connect(
  client: S3Client,
  bucket: string,
  prefix: string,
  shared: Pick<S3Connection, 'attributes' | 'customerKey' | 'presign' | 'sendBytes'>,
): S3Connection {
  return {
    client,
    bucket,
    prefix,
    attributes: shared.attributes,
    customerKey: shared.customerKey,
    presign: shared.presign,
    sendBytes: shared.sendBytes,
    async call({ doing, key, signal, precondition }, send) {
      signal?.throwIfAborted();
      try {
        return await send(client, signal ? { abortSignal: signal } : {});
      } catch (error) {
        signal?.throwIfAborted();
        const isKeyGiven = shared.customerKey.SSECustomerKey !== undefined;
        throw storeError(doing, `s3://${bucket}/${key}`, error, precondition, isKeyGiven);
      }
    },
  };
}

/** `pod-1` must never match `pod-10`: a prefix names whole path segments. */
export function checkedPrefix(prefix: string): string {
  if (prefix === '' || prefix.endsWith('/')) return prefix;
  throw new CainError('CAIN_STORE', `A prefix must be empty or end with "/": ${prefix}`);
}
