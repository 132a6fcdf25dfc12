import { combineCrc32 } from './crc32-combine.ts';
import type { DownloadItem } from './download-archive.ts';

/**
 * What is known of a file that a pod fetches by itself; outlives the exec session that began it. A class, since there
 * is one for each file of a node until all of them are proven: an object with functions of its own takes 2 KB.
 */
export class StagedFile {
  readonly item: DownloadItem;
  readonly segmentBytes: number;
  /** What lies on the disk is to be summed before it counts: an earlier run or a machine that went down left it. */
  mustCheck: boolean;
  wasSummed = false;
  /** How often it was fetched from its beginning. */
  fetches = 0;
  /** By number; of most files there is one. */
  #crc32s: Map<number, number> | number | undefined;

  constructor(item: DownloadItem, segmentBytes: number, mustCheck: boolean) {
    this.item = item;
    this.segmentBytes = segmentBytes;
    this.mustCheck = mustCheck;
  }

  get segments(): number {
    return Math.max(1, Math.ceil(this.item.sizeBytes / this.segmentBytes));
  }

  /** Null = all. */
  get missingSegments(): readonly number[] | null {
    if (this.#crc32s === undefined) return null;
    return Array.from({ length: this.segments }, (_, index) => index + 1).filter(
      (segment) => this.#crc32Of(segment) === undefined,
    );
  }

  get notedBytes(): number {
    if (this.#crc32s === undefined) return 0;
    if (typeof this.#crc32s === 'number') return this.item.sizeBytes;
    return [...this.#crc32s.keys()].reduce((sum, segment) => sum + this.#sizeOf(segment), 0);
  }

  get isWhole(): boolean {
    const crc32s = this.#crc32s;
    return typeof crc32s === 'number' || crc32s?.size === this.segments;
  }

  /** Of all segments, as they came from the store. */
  get crc32(): number {
    let crc = 0;
    for (let segment = 1; segment <= this.segments; segment++)
      crc = combineCrc32(crc, this.#crc32Of(segment) ?? 0, this.#sizeOf(segment));
    return crc;
  }

  /** Gives the segment's size; 0 = noted before. Throws nothing: what is not a segment of it is 0 as well. */
  note(segment: number, crc32: number): number {
    const { segments } = this;
    if (segment < 1 || segment > segments || this.#crc32Of(segment) !== undefined) return 0;
    if (segments === 1) this.#crc32s = crc32;
    else if (typeof this.#crc32s === 'object') this.#crc32s.set(segment, crc32);
    else this.#crc32s = new Map([[segment, crc32]]);
    return this.#sizeOf(segment);
  }

  restart(): void {
    this.#crc32s = undefined;
  }

  #crc32Of(segment: number): number | undefined {
    return typeof this.#crc32s === 'object' ? this.#crc32s.get(segment) : this.#crc32s;
  }

  #sizeOf(segment: number): number {
    return Math.min(this.segmentBytes, this.item.sizeBytes - (segment - 1) * this.segmentBytes);
  }
}
