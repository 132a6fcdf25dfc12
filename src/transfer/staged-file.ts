import { combineCrc32 } from './crc32-combine.ts';
import type { DownloadItem } from './download-archive.ts';

/** What is known of a file that a pod fetches by itself; outlives the exec session that began it. */
export interface StagedFile {
  readonly item: DownloadItem;
  readonly segmentBytes: number;
  /** Null = all. */
  readonly missingSegments: readonly number[] | null;
  /** What lies on the disk is to be summed before it counts: an earlier run or session left it. */
  mustCheck: boolean;
  /** How often it was fetched from its beginning. */
  fetches: number;
  readonly notedBytes: number;
  readonly isWhole: boolean;
  /** Of all segments, as they came from the store. */
  readonly crc32: number;
  /** Gives the segment's size; 0 = noted before. Throws nothing: what is not a segment of it is 0 as well. */
  note(segment: number, crc32: number): number;
  restart(): void;
}

export function stagedFile(item: DownloadItem, segmentBytes: number, mustCheck: boolean): StagedFile {
  const count = Math.max(1, Math.ceil(item.sizeBytes / segmentBytes));
  const segments = new Map<number, number>();
  const sizeOf = (segment: number): number =>
    Math.min(segmentBytes, item.sizeBytes - (segment - 1) * segmentBytes);
  return {
    item,
    segmentBytes,
    mustCheck,
    fetches: 0,
    get missingSegments() {
      if (segments.size === 0) return null;
      return Array.from({ length: count }, (_, index) => index + 1).filter(
        (segment) => !segments.has(segment),
      );
    },
    get notedBytes() {
      return [...segments.keys()].reduce((sum, segment) => sum + sizeOf(segment), 0);
    },
    get isWhole() {
      return segments.size === count;
    },
    get crc32() {
      let crc = 0;
      for (let segment = 1; segment <= count; segment++)
        crc = combineCrc32(crc, segments.get(segment) ?? 0, sizeOf(segment));
      return crc;
    },
    note(segment, crc32) {
      if (segment < 1 || segment > count || segments.has(segment)) return 0;
      segments.set(segment, crc32);
      return sizeOf(segment);
    },
    restart: () => segments.clear(),
  };
}
