import { crc32 } from 'node:zlib';
import type { BucketEntry, SyntheticBucket } from './bucket.ts';

export interface S3Question {
  readonly method: string;
  /** Decoded, without the bucket; '' for requests of the bucket itself. */
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export interface S3Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

/** S3's own, and the most that Cain asks for. */
const mostKeys = 1000;

/** The part of S3 that Cain asks when it moves no data: listings, records, batches of deletes. */
export function answer(bucket: SyntheticBucket, question: S3Question): S3Answer {
  const { method, key, query } = question;
  if (key === '') return answerForBucket(bucket, question);
  if (method === 'PUT') return put(bucket, question);
  if (method !== 'GET' && method !== 'HEAD') return failure(501, 'NotImplemented');
  const found = query.has('uploads') ? undefined : bucket.head(key);
  if (!found) return failure(404, 'NoSuchKey');
  const headers = objectHeaders(found);
  return method === 'HEAD' ? { status: 200, headers } : { status: 200, headers, body: bucket.read(key) };
}

function answerForBucket(bucket: SyntheticBucket, { method, query, body }: S3Question): S3Answer {
  if (method === 'POST' && query.has('delete')) {
    for (const [, key = ''] of body.toString().matchAll(/<Key>([^<]*)<\/Key>/g))
      bucket.remove(unescaped(key));
    return xml('<DeleteResult></DeleteResult>');
  }
  if (query.has('uploads'))
    return xml('<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>');
  if (query.get('list-type') === '2') return listing(bucket, query);
  return failure(501, 'NotImplemented');
}

function put(bucket: SyntheticBucket, { key, headers, body }: S3Question): S3Answer {
  if (headers['if-none-match'] === '*' && bucket.head(key)) return failure(412, 'PreconditionFailed');
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  const wanted = headers['x-amz-checksum-crc32'];
  if (wanted !== undefined && wanted !== sum.toString('base64')) return failure(400, 'BadDigest');
  return { status: 200, headers: { etag: bucket.put(key, body).etag } };
}

function listing(bucket: SyntheticBucket, query: URLSearchParams): S3Answer {
  const prefix = query.get('prefix') ?? '';
  const count = Math.min(Number(query.get('max-keys') ?? mostKeys), mostKeys);
  const from = Number(query.get('continuation-token') ?? 0);
  if (query.get('delimiter') === '/') {
    const names = bucket.listNames(prefix);
    const some = names.slice(from, from + count);
    const prefixes = some.map(
      (name) => `<CommonPrefixes><Prefix>${encoded(`${prefix}${name}/`)}</Prefix></CommonPrefixes>`,
    );
    return listingOf(prefixes, from + count < names.length ? from + count : undefined);
  }
  // Some ask for one key by its whole name.
  const own = prefix.endsWith('/') || prefix === '' ? undefined : bucket.head(prefix);
  const { entries, next } = own ? { entries: [own], next: undefined } : bucket.list(prefix, from, count);
  return listingOf(entries.map(contents), next);
}

function listingOf(elements: readonly string[], next: number | undefined): S3Answer {
  const more = next === undefined ? '' : `<NextContinuationToken>${next}</NextContinuationToken>`;
  return xml(
    `<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>${next !== undefined}</IsTruncated>${more}${elements.join('')}</ListBucketResult>`,
  );
}

function contents({ key, sizeBytes, etag, lastModified }: BucketEntry): string {
  return `<Contents><Key>${encoded(key)}</Key><LastModified>${lastModified.toISOString()}</LastModified><ETag>${etag.replaceAll('"', '&quot;')}</ETag><Size>${sizeBytes}</Size><StorageClass>STANDARD</StorageClass></Contents>`;
}

function objectHeaders({ etag, lastModified, sizeBytes }: BucketEntry): Record<string, string> {
  return {
    etag,
    'content-length': String(sizeBytes),
    'last-modified': lastModified.toUTCString(),
    'content-type': 'application/octet-stream',
  };
}

function encoded(key: string): string {
  return encodeURIComponent(key).replaceAll('%2F', '/');
}

function unescaped(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

function xml(content: string): S3Answer {
  return {
    status: 200,
    headers: { 'content-type': 'application/xml' },
    body: `<?xml version="1.0"?>${content}`,
  };
}

function failure(status: number, code: string): S3Answer {
  return { ...xml(`<Error><Code>${code}</Code><Message>${code}</Message></Error>`), status };
}
