/**
 * In place of a CRC-32 that nobody computed: the original's backups have none, but for what Cassandra wrote beside each
 * Data.db. No CRC-32 is negative.
 */
export const unknownCrc32 = -1;
