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

/** A direct part waits in nobody's memory. Larger ones cost less signing; as many as keep all connections of a node busy must be left. */
const largestFactor = 4;
const partsToSpread = 16;
/** S3's own limit. */
const largestPartBytes = 5 * 1024 ** 3;

/** The part size of a file that its pod sends by itself. */
export function directPartSize(fileBytes: number, limits: PartLimits): number {
  const spread = Math.ceil(fileBytes / partsToSpread);
  const largest = Math.min(limits.smallestBytes * largestFactor, largestPartBytes);
  return Math.max(partSizeFor(fileBytes, limits), Math.min(spread, largest));
}
