import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { CainError } from '../errors.ts';
import { askForPage } from './s3-ask-for-page.ts';
import { checkedPrefix, type S3Connection } from './s3-connection.ts';
import type { ListingPage } from './s3-listing-page.ts';
import type { ObjectInfo, PendingUpload, UploadOptions } from './store.ts';

/** Keys come without the store's own prefix. */
export async function* listObjects(
  connection: S3Connection,
  prefix: string,
  options: UploadOptions,
): AsyncGenerator<ObjectInfo> {
  for await (const page of listPages(connection, checkedPrefix(prefix), options)) {
    for (const { Key, Size, ETag, LastModified, StorageClass } of page.Contents ?? []) {
      if (Key === undefined || Size === undefined || ETag === undefined || LastModified === undefined) {
        throw incompleteListing(connection, prefix);
      }
      yield {
        key: decodedKey(Key, page).slice(connection.prefix.length),
        sizeBytes: Size,
        etag: ETag,
        lastModified: LastModified,
        ...(StorageClass === undefined || StorageClass === 'STANDARD' ? {} : { storageClass: StorageClass }),
      };
    }
  }
}

export async function* listDirectoryNames(
  connection: S3Connection,
  prefix: string,
  options: UploadOptions,
): AsyncGenerator<string> {
  const start = connection.prefix.length + checkedPrefix(prefix).length;
  for await (const page of listPages(connection, prefix, options, '/')) {
    for (const { Prefix } of page.CommonPrefixes ?? []) {
      if (Prefix === undefined) throw incompleteListing(connection, prefix);
      yield decodedKey(Prefix, page).slice(start, -1);
    }
  }
}

/** MinIO answers a prefix with an empty list: it finds unfinished uploads by their exact key only. */
export async function* listPendingUploads(
  connection: S3Connection,
  prefix: string,
  { signal }: UploadOptions,
): AsyncGenerator<PendingUpload> {
  const fullPrefix = connection.prefix + checkedPrefix(prefix);
  let marker: { KeyMarker?: string; UploadIdMarker?: string } = {};
  for (;;) {
    const page = await connection.call(
      { doing: 'list unfinished uploads', key: fullPrefix, signal },
      (client, options) =>
        client.send(
          new ListMultipartUploadsCommand({
            Bucket: connection.bucket,
            Prefix: fullPrefix,
            EncodingType: 'url',
            ...marker,
          }),
          options,
        ),
    );
    checkIsListing(page, connection, prefix);
    for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
      if (Key === undefined || UploadId === undefined || Initiated === undefined) {
        throw incompleteListing(connection, prefix);
      }
      yield {
        key: decodedKey(Key, page).slice(connection.prefix.length),
        uploadId: UploadId,
        initiated: Initiated,
      };
    }
    if (!page.IsTruncated || page.NextKeyMarker === undefined) return;
    marker = {
      KeyMarker: decodedKey(page.NextKeyMarker, page),
      ...(page.NextUploadIdMarker === undefined ? {} : { UploadIdMarker: page.NextUploadIdMarker }),
    };
  }
}

/** The next page is asked for before this one is worked on: a server takes as long over a page as we over its entries. */
async function* listPages(
  connection: S3Connection,
  prefix: string,
  { signal }: UploadOptions,
  delimiter?: '/',
): AsyncGenerator<ListingPage> {
  const isLeft = new AbortController();
  const either = signal ? AbortSignal.any([signal, isLeft.signal]) : isLeft.signal;
  const ask = (token?: string): Promise<ListingPage> => {
    const asked = checkedPage(connection, prefix, { delimiter, token, signal: either });
    // Whoever has enough of the page before never comes to know.
    asked.catch(() => {});
    return asked;
  };
  try {
    let next: Promise<ListingPage> | undefined = ask();
    while (next) {
      const page: ListingPage = await next;
      next = page.IsTruncated ? ask(page.NextContinuationToken) : undefined;
      yield page;
    }
  } finally {
    isLeft.abort(new Error('nobody wants more of the listing'));
  }
}

async function checkedPage(
  connection: S3Connection,
  prefix: string,
  {
    delimiter,
    token,
    signal,
  }: { delimiter: '/' | undefined; token: string | undefined; signal: AbortSignal },
): Promise<ListingPage> {
  const fullPrefix = connection.prefix + prefix;
  const input = {
    Bucket: connection.bucket,
    Prefix: fullPrefix,
    // Keys may hold characters that XML can't.
    EncodingType: 'url',
    ...(delimiter === undefined ? {} : { Delimiter: delimiter }),
    ...(token === undefined ? {} : { ContinuationToken: token }),
  } as const;
  const page = await connection.call({ doing: 'list objects', key: fullPrefix, signal }, (client, options) =>
    askForPage(client, input, options),
  );
  checkIsListing(page, connection, prefix);
  if (page.IsTruncated && !page.NextContinuationToken) throw incompleteListing(connection, prefix);
  return page;
}

/** Servers that don't encode keys (versitygw) don't say that they do; "+" stands for a space, as in a form. */
function decodedKey(key: string, { EncodingType }: { EncodingType?: string | undefined }): string {
  return EncodingType === 'url' ? decodeURIComponent(key.replaceAll('+', ' ')) : key;
}

/** An empty answer, or a web page of some proxy, reads like a listing of nothing; a real one says whether it is the last. */
export function checkIsListing(
  { IsTruncated }: { IsTruncated?: boolean | undefined },
  connection: S3Connection,
  prefix: string,
): void {
  if (IsTruncated === undefined) throw incompleteListing(connection, prefix);
}

function incompleteListing({ bucket, prefix: own }: S3Connection, prefix: string): CainError {
  return new CainError(
    'CAIN_STORE',
    `Can't list objects: the answer lacks a part: s3://${bucket}/${own}${prefix}`,
    {
      retryable: true,
    },
  );
}
