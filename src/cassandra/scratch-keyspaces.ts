/** Made for the rehearsal of an import and dropped after it. */
export const rehearsalKeyspace = 'cain_rehearsal';

/** A drill restores each keyspace beside itself, under a name that begins so. */
const drillPrefix = 'cain_drill_';

/** Cassandra's limit: the name becomes part of file names. */
const longestKeyspace = 48;

/** Where a drill restores a keyspace; undefined = the name would be too long. */
export function drillKeyspace(keyspace: string): string | undefined {
  const name = `${drillPrefix}${keyspace}`;
  return name.length <= longestKeyspace ? name : undefined;
}

export function isDrillKeyspace(keyspace: string): boolean {
  return keyspace.startsWith(drillPrefix);
}

/** What a restore makes for itself and drops again: left by one that was killed, it is nothing to save. */
export function isScratchKeyspace(keyspace: string): boolean {
  return keyspace === rehearsalKeyspace || isDrillKeyspace(keyspace);
}
