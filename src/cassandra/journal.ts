import { formatError, parseJson, type RecordReader, readRecord } from '../record.ts';

/**
 * What a node's journal says of a table, in the order in which it comes about. TRUNCATE is cluster-wide:
 * "truncating" is on disk on every node before it, "truncated" on every node before the first import. While a table
 * is "importing" its automatic compaction may be off. A table that the journal does not name is not staged yet.
 */
export const tableStates = ['staged', 'truncating', 'truncated', 'importing', 'imported', 'cleaned'] as const;
export type TableState = (typeof tableStates)[number];

export interface JournalTable {
  readonly keyspace: string;
  readonly table: string;
  readonly kind: 'table' | 'view';
}

/** What a restore set out to do; written once, before anything else of it is on the node. */
export interface JournalPlan {
  readonly format: 1;
  readonly id: string;
  readonly tag: string;
  /** For people: where the backup lies. */
  readonly source: string;
  readonly clusterName: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Two restores with the same sum do the same: backup, mapping and tables are equal. */
  readonly sum: string;
  readonly tables: readonly JournalTable[];
  /** Those of them, as `keyspace.table`, that were missing and that the restore creates. */
  readonly created: readonly string[];
  /** What the tables held stays, and the backup comes beside it. */
  readonly isMerge?: boolean;
  /** The only pod that it gives anything. */
  readonly node?: string;
  /** The id of the restore that this one takes back. */
  readonly undoes?: string;
  /** Views that are dropped and made again: from here, once they are dropped. */
  readonly views?: readonly ViewStatement[];
  /** The ring that it worked on. Journals of earlier versions do not tell. */
  readonly ring?: JournalRing;
}

/** All members of a ring: what one of them holds is of use only while its rows have the same replicas. */
export interface JournalRing {
  readonly members: ReadonlyArray<{ readonly pod: string; readonly hostId: string }>;
  /** Equal for rings of the same members, tokens, data centres and racks. */
  readonly sum: string;
}

/** A view and how it is made. */
export interface ViewStatement {
  readonly keyspace: string;
  /** The table that it is on. */
  readonly table: string;
  readonly view: string;
  /** CREATE MATERIALIZED VIEW, without ";". */
  readonly statement: string;
}

/** A snapshot that a truncate of the restore caused. */
export interface UndoSnapshot {
  readonly name: string;
  /** It holds SSTables of this node: the table was not empty. */
  readonly holdsData: boolean;
  /** The node died while it took it, and still held all that it was to hold. */
  readonly isPart?: boolean;
}

/** The journal of one restore on one node. */
export interface NodeJournal {
  readonly id: string;
  /** Absolute, in the pod. */
  readonly directory: string;
  /** Missing: the restore ended before it had begun. */
  readonly plan?: JournalPlan;
  readonly isFinished: boolean;
  /** An undo took it back. */
  readonly isUndone?: boolean;
  /** An undo of it was given up after it had truncated tables: what the states say of these is no longer so. */
  readonly isUndoGivenUp?: boolean;
  /** By `keyspace.table`. */
  readonly states: ReadonlyMap<string, TableState>;
  /** By `keyspace.table`. */
  readonly undo: ReadonlyMap<string, readonly UndoSnapshot[]>;
  /** By `keyspace.table`: the id, without dashes, of the table that it has truncated; absent = none that it tells. */
  readonly tableIds?: ReadonlyMap<string, string>;
  /** Tables, as `keyspace.table`, whose automatic compaction it has left off, whatever their state; absent = none. */
  readonly compactionOff?: readonly string[];
}

export function tableName({ keyspace, table }: { keyspace: string; table: string }): string {
  return `${keyspace}.${table}`;
}

/** Whether the state is at least this far; undefined = not even staged. */
export function hasReached(state: TableState | undefined, wanted: TableState): boolean {
  return state !== undefined && tableStates.indexOf(state) >= tableStates.indexOf(wanted);
}

/** One line, since a shell prints it. */
export function journalPlanText(plan: JournalPlan): string {
  return `${JSON.stringify(plan)}\n`;
}

interface Draft {
  readonly id: string;
  readonly directory: string;
  plan?: JournalPlan;
  isFinished: boolean;
  isUndone?: boolean;
  isUndoGivenUp?: boolean;
  readonly states: Map<string, TableState>;
  readonly undo: Map<string, UndoSnapshot[]>;
  tableIds?: Map<string, string>;
  compactionOff?: string[];
}

/**
 * Pure. Lines: `J<tab>directory` begins a journal; `P` its plan, `F` finished, `N` undone, `G` an undo given up,
 * `S` table and state, `I` table and id, `O` a table whose automatic compaction is off, `U` table, undo snapshot, whether it
 * holds data and whether it is but a part; `E` and the number of journals ends the list. Throws CAIN_FORMAT.
 */
export function parseJournals(text: string, podName: string): readonly NodeJournal[] {
  const where = `the restore journals of pod ${podName}`;
  const drafts: Draft[] = [];
  let endCount: number | undefined;
  for (const line of text.split('\n')) {
    const [kind, first = '', second = '', third = '', fourth = ''] = line.split('\t');
    const draft = drafts.at(-1);
    if (kind === 'J') drafts.push(draftOf(first, where));
    else if (kind === 'E') endCount = Number(first);
    else if (kind === 'P' && draft) draft.plan = parsePlan(line.slice(2), where);
    else if (kind === 'F' && draft) draft.isFinished = true;
    else if (kind === 'N' && draft) draft.isUndone = true;
    else if (kind === 'G' && draft) draft.isUndoGivenUp = true;
    else if (kind === 'S' && draft) draft.states.set(first, stateOf(second, where));
    else if (kind === 'I' && draft) addTableId(draft, first, second);
    else if (kind === 'O' && draft) addCompactionOff(draft, first);
    else if (kind === 'U' && draft) addUndo(draft, first, undoSnapshotOf(second, third, fourth));
    else if (line !== '') throw formatError(where, `unknown line ${JSON.stringify(line.slice(0, 100))}`);
  }
  if (endCount !== drafts.length) throw formatError(where, 'their last line is missing');
  return drafts;
}

function draftOf(directory: string, where: string): Draft {
  const id = /\/([A-Za-z0-9-]{1,64})\/journal$/.exec(directory)?.[1];
  if (id === undefined) throw formatError(where, `${directory} is no journal of ours`);
  return { id, directory, isFinished: false, states: new Map(), undo: new Map() };
}

function undoSnapshotOf(name: string, full: string, part: string): UndoSnapshot {
  return { name, holdsData: full === 'yes', ...(part === 'part' ? { isPart: true } : {}) };
}

function addUndo(draft: Draft, table: string, snapshot: UndoSnapshot): void {
  draft.undo.set(table, [...(draft.undo.get(table) ?? []), snapshot]);
}

/** Ten thousand tables are usual in some clusters: nothing is copied for each of them. */
function addTableId(draft: Draft, table: string, id: string): void {
  draft.tableIds ??= new Map();
  draft.tableIds.set(table, id);
}

function addCompactionOff(draft: Draft, table: string): void {
  draft.compactionOff ??= [];
  draft.compactionOff.push(table);
}

function stateOf(text: string, where: string): TableState {
  const state = tableStates.find((known) => known === text);
  if (state === undefined) throw formatError(where, `unknown state "${text}"`);
  return state;
}

function parsePlan(text: string, where: string): JournalPlan {
  const reader = readRecord(parseJson(text, where), where);
  reader.format(1);
  const undoes = reader.optionalString('undoes');
  const node = reader.optionalString('node');
  return {
    format: 1,
    id: reader.string('id'),
    tag: reader.string('tag'),
    source: reader.string('source'),
    clusterName: reader.string('clusterName'),
    startedAt: reader.string('startedAt'),
    sum: reader.string('sum'),
    tables: reader.records('tables').map(readTable),
    created: reader.strings('created'),
    ...(reader.has('isMerge') ? { isMerge: true } : {}),
    ...(undoes === undefined ? {} : { undoes }),
    ...(node === undefined ? {} : { node }),
    ...(reader.has('views') ? { views: reader.records('views').map(readView) } : {}),
    ...(reader.has('ring') ? { ring: readRing(reader.record('ring')) } : {}),
  };
}

function readTable(reader: RecordReader): JournalTable {
  return {
    keyspace: reader.string('keyspace'),
    table: reader.string('table'),
    kind: reader.oneOf('kind', ['table', 'view']),
  };
}

function readView(reader: RecordReader): ViewStatement {
  return {
    keyspace: reader.string('keyspace'),
    table: reader.string('table'),
    view: reader.string('view'),
    statement: reader.string('statement'),
  };
}

function readRing(reader: RecordReader): JournalRing {
  return {
    members: reader
      .records('members')
      .map((member) => ({ pod: member.string('pod'), hostId: member.string('hostId') })),
    sum: reader.string('sum'),
  };
}
