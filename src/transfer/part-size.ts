export interface PartLimits {
  /** The smallest part; S3 demands 5 MiB. */
  readonly smallestBytes: number;
  /** S3's own limit is 10,000. */
  readonly mostParts: number;
}

/** Some parts stay in reserve: a limit that is met exactly leaves no room for a miscount. */
const usableShare = 0.95;

/** The part size of a file: any file fits in the allowed number of parts. */
export function partSizeFor(fileBytes: number, { smallestBytes, mostParts }: PartLimits): number {
  return Math.max(smallestBytes, Math.ceil(fileBytes / Math.max(1, Math.floor(mostParts * usableShare))));
}
