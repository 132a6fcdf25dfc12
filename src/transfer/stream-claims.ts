import type { UploadedFile } from './file-upload.ts';
import type { TransferItem, UploadOptions } from './upload-options.ts';

/** Files that came whole through a stream of tar, until its end was seen. */
export interface StreamClaims {
  /** Counts the file as stored when it proves itself, else once its stream has ended well. */
  add(item: TransferItem, uploaded: UploadedFile): Promise<void>;
  /** The stream ended well: all that it carried counts as stored. */
  confirm(): Promise<void>;
  /** It did not: what did not prove itself is to be read again. Gives how many files these are. */
  withdraw(): number;
  /** What was stored of files that are to be read again. */
  readonly withdrawn: ReadonlyMap<TransferItem, UploadedFile>;
}

/**
 * tar makes up what it can't read of a file and goes on. What it says of that comes after the file was stored, or is
 * lost when the stream is cut. A Data.db has its digest; of any other file nothing but a good end of its stream tells
 * that its bytes are those on the disk. Memory: what is kept here of a file becomes its line of the inventory.
 */
export function createStreamClaims({
  onBytes,
  onStored,
}: Pick<UploadOptions, 'onBytes' | 'onStored'>): StreamClaims {
  const waiting = new Map<TransferItem, UploadedFile>();
  const withdrawn = new Map<TransferItem, UploadedFile>();

  return {
    async add(item, uploaded) {
      if (provesItself(item)) await onStored(item, uploaded);
      else waiting.set(item, uploaded);
    },
    async confirm() {
      for (const [item, uploaded] of waiting) {
        waiting.delete(item);
        withdrawn.delete(item);
        await onStored(item, uploaded);
      }
    },
    withdraw() {
      const count = waiting.size;
      for (const [item, uploaded] of waiting) {
        withdrawn.set(item, uploaded);
        onBytes(-item.file.sizeBytes);
      }
      waiting.clear();
      return count;
    },
    withdrawn,
  };
}

export function provesItself({ file }: TransferItem): boolean {
  return file.digest !== undefined || file.sizeBytes === 0;
}
