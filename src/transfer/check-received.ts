import { CainError, isRetryable } from '../errors.ts';
import type { SnapshotFile } from '../store/inventory.ts';

/** Before an object of these bytes comes to be: length and, of a Data.db, the CRC-32 that Cassandra wrote. */
export function checkReceived(
  { file, pod }: { readonly file: SnapshotFile; readonly pod: string },
  receivedBytes: number,
  crc: number,
): void {
  const where = `pod ${pod}, keyspace ${file.keyspace}, table ${file.table}, file ${file.file}`;
  if (receivedBytes !== file.sizeBytes) {
    throw new CainError(
      'CAIN_TRANSFER_SHORT',
      `File arrived with ${receivedBytes} of ${file.sizeBytes} bytes: ${where}`,
      { retryable: true },
    );
  }
  if (file.digest !== undefined && file.digest !== crc) {
    throw new CainError(
      'CAIN_DIGEST_MISMATCH',
      `Data.db does not have the CRC-32 that Cassandra wrote into its Digest.crc32: ${where}, CRC-32 ${crc}, digest ${file.digest}`,
      {
        hint: `Either the file is damaged on the disk of ${pod} (\`nodetool verify\`; bring its rows back from the other replicas), or a scrub that met a bad row wrote a wrong digest, and \`nodetool upgradesstables -a ${file.keyspace} ${file.table}\` writes the file anew. The last good backup is untouched.`,
        fields: { pod, keyspace: file.keyspace, table: file.table, file: file.file },
      },
    );
  }
}

const wrongBytes: ReadonlySet<string> = new Set(['CAIN_DIGEST_MISMATCH', 'CAIN_FILE_UNREADABLE']);

/** What its disk gave wrong or not at all is read once more: only what stays so is damage. */
export function isWorthRereading(error: unknown): boolean {
  return isRetryable(error) || (error instanceof CainError && wrongBytes.has(error.code));
}
