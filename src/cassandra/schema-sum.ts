import { createHash } from 'node:crypto';

/**
 * What cqlsh prints on stdout where it may not write to its home, as in many containers. The original Cain
 * takes the first occurrence out before it hashes and stores; the newline after it stays.
 */
const homeWarning = Buffer.from(
  'Warning: Cannot create directory at `/home/cassandra/.cassandra`. Command history will not be saved.',
);

export interface SchemaSum {
  /** The bytes that were hashed: these are stored as schema.cql. */
  readonly text: Uint8Array;
  /** Six hex digits. */
  readonly sum: string;
}

/**
 * The schema sum of what `cqlsh -e "DESC <keyspace>;"` printed: byte for byte the original Cain's, so that its
 * backups are found and ours can be restored by it. No trimming, sorting or other change.
 */
export function schemaSum(described: Uint8Array): SchemaSum {
  const at = Buffer.from(described.buffer, described.byteOffset, described.byteLength).indexOf(homeWarning);
  const text =
    at < 0
      ? described
      : Buffer.concat([described.subarray(0, at), described.subarray(at + homeWarning.byteLength)]);
  return { text, sum: createHash('sha256').update(text).digest('hex').slice(0, 6) };
}
