import { readRecord } from '../record.ts';

/** A file of a snapshot as it lies on a node. */
export interface SnapshotFile {
  readonly keyspace: string;
  readonly table: string;
  /** 32 hex digits, as in the directory's name. */
  readonly tableId: string;
  readonly dataDirectory: string;
  readonly file: string;
  readonly sizeBytes: number;
  /** Seconds since 1970 with nine decimals, as `stat` prints it: a number would lose the nanoseconds. */
  readonly mtime: string;
  /** Decimal; a string, since an inode may exceed 2^53. */
  readonly inode: string;
  /** The CRC-32 that Cassandra wrote into Digest.crc32; of a Data.db only. */
  readonly digest?: number;
}

/** Where a file's bytes lie in the bucket. */
export interface ObjectReference {
  /** Relative to the cluster's prefix. */
  readonly key: string;
  readonly etag: string;
  readonly versionId?: string;
}

/** One line of an inventory: a file of one node in one backup, its CRC-32, and the object that holds its bytes. */
export interface InventoryLine extends SnapshotFile {
  readonly crc32: number;
  readonly object: ObjectReference;
}

export function inventoryRecord(line: InventoryLine): Record<string, unknown> {
  return {
    keyspace: line.keyspace,
    table: line.table,
    id: line.tableId,
    dir: line.dataDirectory,
    file: line.file,
    size: line.sizeBytes,
    mtime: line.mtime,
    inode: line.inode,
    crc32: line.crc32,
    key: line.object.key,
    etag: line.object.etag,
    ...(line.object.versionId === undefined ? {} : { version: line.object.versionId }),
  };
}

/** Throws CAIN_FORMAT. A Data.db's digest is its CRC-32: a line is only written when both were equal. */
export function parseInventoryLine(value: unknown, where: string): InventoryLine {
  const reader = readRecord(value, where);
  const file = reader.string('file');
  const crc32 = reader.number('crc32');
  const versionId = reader.optionalString('version');
  return {
    keyspace: reader.string('keyspace'),
    table: reader.string('table'),
    tableId: reader.string('id'),
    dataDirectory: reader.string('dir'),
    file,
    sizeBytes: reader.number('size'),
    mtime: reader.string('mtime'),
    inode: reader.string('inode'),
    ...(file.endsWith('-Data.db') ? { digest: crc32 } : {}),
    crc32,
    object: {
      key: reader.string('key'),
      etag: reader.string('etag'),
      ...(versionId === undefined ? {} : { versionId }),
    },
  };
}
