import { formatError, type RecordReader, readRecord } from '../record.ts';
import { parseDataKey } from './layout.ts';
import type { ObjectLock } from './object-lock.ts';
import { isDataLocation } from './our-key.ts';
import {
  bareId,
  cqlName,
  digits,
  directoryForm,
  fileForm,
  lineForm,
  mtimeForm,
  secondForm,
} from './record-forms.ts';
import { unknownCrc32 } from './unknown-crc32.ts';

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
  /** What Cain has locked it for. */
  readonly lock?: ObjectLock;
}

/** One line of an inventory: a file of one node in one backup, its CRC-32, and the object that holds its bytes. */
export interface InventoryLine extends SnapshotFile {
  readonly crc32: number;
  readonly object: ObjectReference;
}

export function inventoryRecord(line: InventoryLine): Record<string, unknown> {
  const { versionId, lock } = line.object;
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
    ...(versionId === undefined ? {} : { version: versionId }),
    ...(lock === undefined ? {} : { lock: lock.mode, lockedUntil: lock.until }),
  };
}

/** Names of 255 bytes in every place fit. */
const longestLineBytes = 16 * 1024;

/** What reading an inventory may take of the memory: the manifest says how many files it names. */
export function inventoryLimits(files: number): {
  readonly mostLines: number;
  readonly longestLineBytes: number;
} {
  return { mostLines: files, longestLineBytes };
}

const mostCrc32 = 0xff_ff_ff_ff;

/**
 * Throws CAIN_FORMAT, too, where the object is not one of that keyspace, table and file. A Data.db's digest is its
 * CRC-32: a line is only written when both were equal.
 */
export function parseInventoryLine(value: unknown, where: string): InventoryLine {
  const reader = readRecord(value, where);
  const keyspace = reader.matching('keyspace', cqlName);
  const table = reader.matching('table', cqlName);
  const file = reader.matching('file', fileForm);
  const crc32 = reader.number('crc32') === unknownCrc32 ? unknownCrc32 : reader.count('crc32', mostCrc32);
  const versionId = reader.optionalString('version');
  const lock = parseLock(reader);
  const key = reader.string('key');
  const parts = parseDataKey(key);
  const isOwn = parts?.keyspace === keyspace && parts.table === table && parts.file === file;
  if (!isOwn || !isDataLocation(parts)) {
    throw formatError(where, `file ${file} of ${keyspace}.${table} can't lie at ${JSON.stringify(key)}`);
  }
  return {
    keyspace,
    table,
    tableId: reader.matching('id', bareId),
    dataDirectory: reader.matching('dir', directoryForm),
    file,
    sizeBytes: reader.count('size'),
    mtime: reader.matching('mtime', mtimeForm),
    inode: reader.matching('inode', digits),
    ...(file.endsWith('-Data.db') ? { digest: crc32 } : {}),
    crc32,
    object: {
      key,
      etag: reader.matching('etag', lineForm),
      ...(versionId === undefined ? {} : { versionId }),
      ...(lock === undefined ? {} : { lock }),
    },
  };
}

function parseLock(reader: RecordReader): ObjectLock | undefined {
  if (!reader.has('lock')) return undefined;
  const mode = reader.oneOf('lock', ['GOVERNANCE', 'COMPLIANCE'] as const);
  return { mode, until: reader.matching('lockedUntil', secondForm) };
}
