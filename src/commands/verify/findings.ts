import { CainError } from '../../errors.ts';

/** What is wrong with an object: it is gone, has another size or other bytes; or a record of ours does not read as it must. */
export type FaultKind = 'missing' | 'size' | 'bytes' | 'record';

export interface Fault {
  readonly kind: FaultKind;
  /** A clause behind the key: "has 10 bytes, the inventory says 20". */
  readonly what: string;
}

export interface DamagedObject extends Fault {
  readonly key: string;
  /** Live backups that need it, of any plan, oldest first. */
  readonly tags: readonly string[];
  /** As `keyspace.table`; empty = the whole backup, or all that the node held. */
  readonly tables: readonly string[];
  readonly pod?: string | undefined;
  /** In a versioned bucket the bytes may still be there under this id. */
  readonly versionId?: string | undefined;
}

export interface Tally {
  /** Different objects that the chosen backups name. */
  objects: number;
  bytes: number;
  /** Of those: asked for one by one. */
  lookedUp: number;
  readBytes: number;
  /** Lie in a class from which they can't be read at once. */
  archived: number;
  /** Have the right bytes under another ETag than they were stored with. */
  rewritten: number;
  /** Of those looked up: the server keeps no CRC-32 of them. */
  withoutChecksum: number;
}

/** What the steps of a verification gather. */
export interface Findings {
  readonly tally: Tally;
  readonly damaged: DamagedObject[];
  /** What could neither be called damaged nor whole: the store's own words. */
  readonly unclear: Array<{ readonly key: string; readonly error: unknown }>;
  /** Keys that an earlier record calls damaged and that were read whole now. */
  readonly wholeAgain: Set<string>;
  /** Keys that an earlier record calls damaged and that some inventory names. */
  readonly namedAgain: Set<string>;
  /** Tags of which an inventory could not be read: nothing can be said of what it names. */
  readonly halfRead: Set<string>;
  /** True when there was more damage than is kept. */
  isPartial: boolean;
}

/** More keys would make a record that takes minutes to read, each night. */
const mostDamaged = 100_000;
/** A store that fails so often is in trouble, and says nothing of backups. */
const mostUnclear = 20;

export function newFindings(): Findings {
  return {
    tally: {
      objects: 0,
      bytes: 0,
      lookedUp: 0,
      readBytes: 0,
      archived: 0,
      rewritten: 0,
      withoutChecksum: 0,
    },
    damaged: [],
    unclear: [],
    wholeAgain: new Set(),
    namedAgain: new Set(),
    halfRead: new Set(),
    isPartial: false,
  };
}

export function addDamaged(findings: Findings, found: DamagedObject): void {
  if (findings.damaged.length < mostDamaged) findings.damaged.push(found);
  else findings.isPartial = true;
}

/** Throws the error instead once there are too many. */
export function addUnclear({ unclear }: Findings, key: string, error: unknown): void {
  if (!(error instanceof CainError)) throw error;
  unclear.push({ key, error });
  if (unclear.length > mostUnclear) throw error;
}
