import { createHash } from 'node:crypto';
import { sumLine } from '../sum-line.ts';
import type { FetchedObject, WantedObject } from './ordered-objects.ts';
import { type TarFile, tarEnd, tarEntryBytes, tarHeader, tarPadding } from './tar-writer.ts';

/** An object and the file that it becomes. */
export interface DownloadItem extends WantedObject {
  /** Absolute, in the pod. Its directory must be there. */
  readonly path: string;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  readonly mtimeSeconds: number;
}

/** After so many bytes or files their SHA-256 follow as a file: what a run that dies need not bring again. */
const batchBytes = 512 * 1024 * 1024;
const batchFiles = 1000;

/** A run of files, and the path of the list of their SHA-256 that follows them. */
export interface DownloadBatch<Item extends DownloadItem = DownloadItem> {
  readonly items: readonly Item[];
  readonly sumsPath: string;
}

/** Pure. `sumsPrefix` is the beginning of the lists' absolute paths. */
export function batchesOf<Item extends DownloadItem>(
  items: readonly Item[],
  sumsPrefix: string,
): ReadonlyArray<DownloadBatch<Item>> {
  const batches: Array<{ items: Item[]; sumsPath: string; bytes: number }> = [];
  for (const item of items) {
    let batch = batches.at(-1);
    if (!batch || batch.bytes >= batchBytes || batch.items.length >= batchFiles) {
      batch = { items: [], sumsPath: `${sumsPrefix}${batches.length + 1}.sha256`, bytes: 0 };
      batches.push(batch);
    }
    batch.items.push(item);
    batch.bytes += item.sizeBytes;
  }
  return batches;
}

/** The length of what `writeArchive` gives: the pod must know how much to read, since an end can't be signalled. */
export function archiveBytes(batches: readonly DownloadBatch[]): number {
  let bytes = tarEnd().length;
  for (const batch of batches) {
    for (const item of batch.items) bytes += tarEntryBytes(memberOf(item));
    bytes += tarEntryBytes(sumsMember(batch));
  }
  return bytes;
}

/**
 * The archive of all batches; `objects` come in the order of their items. `onFile` is told the SHA-256 (hex) of each
 * file as its last byte goes out.
 */
export async function* writeArchive(
  batches: readonly DownloadBatch[],
  objects: AsyncGenerator<FetchedObject<DownloadItem>>,
  hooks: { onBytes(bytes: number): void; onFile(item: DownloadItem, sha256: string): void },
): AsyncGenerator<Uint8Array> {
  try {
    for (const batch of batches) {
      let list = '';
      for (const item of batch.items) {
        const { value } = await objects.next();
        if (value?.item !== item) throw new Error('objects out of order');
        const hash = createHash('sha256');
        yield tarHeader(memberOf(item));
        for await (const chunk of value.bytes) {
          hash.update(chunk);
          hooks.onBytes(chunk.length);
          yield chunk;
        }
        yield tarPadding(item.sizeBytes);
        const sha256 = hash.digest('hex');
        hooks.onFile(item, sha256);
        list += sumLine(item.path, sha256);
      }
      const member = sumsMember(batch);
      yield Buffer.concat([tarHeader(member), Buffer.from(list), tarPadding(member.sizeBytes)]);
    }
    yield tarEnd();
  } finally {
    await objects.return(undefined);
  }
}

function memberOf({ path, sizeBytes, mode, uid, gid, mtimeSeconds }: DownloadItem): TarFile {
  return { name: path.slice(1), sizeBytes, mode, uid, gid, mtimeSeconds };
}

const anySha256 = '0'.repeat(64);

function sumsMember({ items, sumsPath }: DownloadBatch): TarFile {
  const sizeBytes = items.reduce((sum, { path }) => sum + Buffer.byteLength(sumLine(path, anySha256)), 0);
  return { name: sumsPath.slice(1), sizeBytes, mode: 0o600, uid: 0, gid: 0, mtimeSeconds: 0 };
}
