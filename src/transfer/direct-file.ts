import { CainError } from '../errors.ts';
import type { MultipartUpload, SignedRequest, StoredObject } from '../store/store.ts';
import { checkReceived } from './check-received.ts';
import { combineCrc32 } from './crc32-combine.ts';
import type { UploadedFile } from './file-upload.ts';
import { acceptEarlierTry } from './own-object.ts';
import { directPartSize } from './part-size.ts';
import type { TransferItem, UploadOptions } from './upload-options.ts';

/** A part that is asked for more often is not asked for by our program. */
const mostAsksPerPart = 50;

/** What is known of a file that a pod sends by itself; outlives the exec session that began it. */
export interface DirectFile {
  readonly item: TransferItem;
  readonly partBytes: number;
  /** Null = all. */
  readonly missingParts: readonly number[] | null;
  readonly isWhole: boolean;
  /** One put; its object is not proven before it was seen in the store. */
  readonly isSinglePut: boolean;
  /** How often it was read from its beginning. */
  readonly readings: number;
  /** A request for just this part with just these bytes. Checks what the pod says against what must be. */
  sign(part: number, sizeBytes: number, crc32: number): Promise<SignedRequest>;
  /** The pod says that it sent this part as signed. Gives its size; 0 = it had said so before. */
  note(part: number, stored: StoredObject): number;
  /** When it is whole: the object. */
  finish(): Promise<UploadedFile>;
  /** When its put met an object: that of an earlier try, if it has the right bytes. */
  adopt(error: CainError): Promise<UploadedFile>;
  /** Of parts that were noted. */
  readonly notedBytes: number;
  /** Forgets all parts, to read the file again. */
  restart(): Promise<void>;
  /** Leaves no unfinished upload. */
  abort(): Promise<void>;
}

interface Part {
  readonly sizeBytes: number;
  readonly crc32: number;
  asks: number;
  stored?: StoredObject;
}

export function directFile(item: TransferItem, options: UploadOptions): DirectFile {
  const { store, signal, pod } = options;
  const { key, file } = item;
  const whole = { file, pod: pod.name };
  const partBytes = directPartSize(file.sizeBytes, options.parts);
  const count = Math.max(1, Math.ceil(file.sizeBytes / partBytes));
  const isSinglePut = count === 1;
  let parts = new Map<number, Part>();
  let multipart: Promise<MultipartUpload> | undefined;
  let readings = 1;

  function sizeOf(part: number): number {
    return Math.min(partBytes, file.sizeBytes - (part - 1) * partBytes);
  }

  async function sign(part: number, sizeBytes: number, crc32: number): Promise<SignedRequest> {
    const asks = (parts.get(part)?.asks ?? 0) + 1;
    if (
      part < 1 ||
      part > count ||
      sizeBytes !== sizeOf(part) ||
      crc32 > 0xffffffff ||
      asks > mostAsksPerPart
    )
      throw unaskedFor(part);
    if (isSinglePut) checkReceived(whole, sizeBytes, crc32);
    if (parts.get(part)?.stored) throw unaskedFor(part);
    parts.set(part, { sizeBytes, crc32, asks });
    if (isSinglePut) return await store.signPut(key, { sizeBytes, crc32 }, { ifNoneMatch: '*' });
    return await (await begun()).signPart(part, { sizeBytes, crc32 });
  }

  /** One upload for all parts; the next part begins it if this one could not. */
  function begun(): Promise<MultipartUpload> {
    if (multipart) return multipart;
    const beginning = store.beginUpload(key, { signal });
    multipart = beginning;
    beginning.catch(() => {
      if (multipart === beginning) multipart = undefined;
    });
    return beginning;
  }

  function note(part: number, stored: StoredObject): number {
    const known = parts.get(part);
    if (!known) throw unaskedFor(part);
    if (known.stored) return 0;
    known.stored = stored;
    return known.sizeBytes;
  }

  function unaskedFor(part: number): CainError {
    return new CainError(
      'CAIN_OUTPUT_UNREADABLE',
      `The program in pod ${pod.name} speaks of a part that it was not asked for: part ${part} of ${item.path}`,
    );
  }

  function wholeCrc32(): number {
    if (isSinglePut) return parts.get(1)?.crc32 ?? 0;
    let crc = 0;
    for (let part = 1; part <= count; part++) {
      const { crc32 = 0, sizeBytes = 0 } = parts.get(part) ?? {};
      crc = combineCrc32(crc, crc32, sizeBytes);
    }
    return crc;
  }

  async function finish(): Promise<UploadedFile> {
    const crc32 = wholeCrc32();
    checkReceived(whole, file.sizeBytes, crc32);
    const [first] = parts.values();
    if (isSinglePut && first?.stored) return { crc32, stored: first.stored };
    if (!multipart) throw new Error('a multipart file without a part');
    const upload = await multipart;
    for (const [part, { sizeBytes, crc32: partCrc32, stored }] of parts) {
      upload.addPart(part, { sizeBytes, crc32: partCrc32, etag: stored?.etag ?? '' });
    }
    const size = { sizeBytes: file.sizeBytes, crc32 };
    const stored = await upload.complete(size).catch(async (error: unknown) => {
      const earlier = await acceptEarlierTry(store, key, size, error, signal);
      // What was refused because of it is still pending.
      await upload.abort();
      return earlier;
    });
    return { crc32, stored };
  }

  async function adopt(error: CainError): Promise<UploadedFile> {
    const crc32 = wholeCrc32();
    const stored = await acceptEarlierTry(store, key, { sizeBytes: file.sizeBytes, crc32 }, error, signal);
    return { crc32, stored };
  }

  async function abort(): Promise<void> {
    const upload = await multipart?.catch(() => undefined);
    multipart = undefined;
    await upload?.abort();
  }

  return {
    item,
    partBytes,
    isSinglePut,
    get missingParts() {
      if (parts.size === 0) return null;
      const all = Array.from({ length: count }, (_, index) => index + 1);
      return all.filter((part) => !parts.get(part)?.stored);
    },
    get isWhole() {
      return parts.size === count && [...parts.values()].every(({ stored }) => stored !== undefined);
    },
    get readings() {
      return readings;
    },
    get notedBytes() {
      return [...parts.values()].reduce((sum, { stored, sizeBytes }) => sum + (stored ? sizeBytes : 0), 0);
    },
    sign,
    note,
    finish,
    adopt,
    async restart() {
      readings++;
      parts = new Map();
      await abort();
    },
    abort,
  };
}
