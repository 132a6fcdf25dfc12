import { createHash } from 'node:crypto';
import type { JournalPlan, ViewStatement } from '../../cassandra/journal.ts';
import type { Manifest } from '../../store/manifest.ts';
import type { SurveyedNode } from '../preflight/survey-cluster.ts';
import type { Creation } from './creation.ts';
import type { MappedNode, NodeSource } from './map-nodes.ts';
import type { TableFiles } from './node-files.ts';
import type { Placement } from './placement.ts';
import type { VolumeNeed } from './space.ts';

/** A table that is restored, as it is, or will be, in the cluster. */
export interface RestoreTable {
  readonly keyspace: string;
  readonly table: string;
  readonly kind: 'table' | 'view';
  /** `keyspace.table` in the backup. */
  readonly original: string;
  /** In the backup; without dashes. */
  readonly backupId: string;
  /** False where its indexes have other names now than in the backup. */
  readonly takesIndexFiles: boolean;
  /** In the cluster; without dashes. */
  readonly liveId: string;
  /** It is missing and will be made. */
  readonly isCreated: boolean;
  /** False where its schema turns automatic compaction off. */
  readonly compactsAutomatically: boolean;
  /** False where its schema forbids automatic snapshots. */
  readonly allowsAutoSnapshot: boolean;
  /** The first column of its partition key. */
  readonly keyColumn: string;
}

/** A table and its views, the table first: truncated together. */
export interface RestoreGroup {
  readonly keyspace: string;
  readonly tables: readonly [RestoreTable, ...RestoreTable[]];
  /** Views that are not in `tables`, since they are dropped and made again from the table. */
  readonly rebuiltViews?: readonly ViewStatement[];
}

export interface PlannedSource extends NodeSource {
  /** In which its files wait, where a node has several sources. */
  readonly folder?: string;
}

/** What one node imports. */
export interface ImportNode {
  readonly node: SurveyedNode;
  /** By `keyspace.table`; a table of which the node held nothing is not named. */
  readonly files: ReadonlyMap<string, TableFiles>;
  readonly placement: Placement;
  /** In which the files of several sources wait, each in its own; absent = there is one. */
  readonly folders?: readonly string[];
}

/** What one node gets, and from which nodes of the backup. */
export interface NodePlan extends ImportNode {
  readonly sources: readonly PlannedSource[];
}

/** Enough to fill tables with what lies in the staging, wherever that came from. */
export interface ImportPlan {
  /** The restore works under this id: ours, or that of an unfinished restore of just the same. */
  readonly id: string;
  readonly groups: readonly RestoreGroup[];
  readonly nodes: readonly ImportNode[];
  /** What the tables hold stays, and what is imported comes beside it. */
  readonly isMerge: boolean;
  /** Keyspaces whose rows have other replicas than in the backup: what a node does not own is cleaned up after the import. */
  readonly spread: ReadonlySet<string>;
  /** The only pod that gets anything, beside what it holds; absent = all of them. Nothing of it can be undone. */
  readonly alone?: string;
}

export interface RestorePlan extends ImportPlan {
  readonly manifest: Manifest;
  readonly nodes: readonly NodePlan[];
  readonly creation: Creation;
  /** Tables that are not empty and that the restore has yet to truncate. */
  readonly filled: ReadonlySet<string>;
  /** Tables that an earlier run of this restore has truncated. */
  readonly truncated: ReadonlySet<string>;
  readonly volumes: readonly VolumeNeed[];
  /** Differences of the schema that people should know of. */
  readonly notes: readonly string[];
  /** What is to be done lest deleted rows come back; in the closing report too. */
  readonly warnings: readonly string[];
  /** Indexes and dropped columns that stay otherwise than in the backup; in the closing report too. */
  readonly unlike: readonly string[];
  /** An earlier run of this restore got so far; undefined = none did. */
  readonly resumed: JournalPlan | undefined;
  /** Equal for restores that do the same. */
  readonly sum: string;
}

export function allTables(groups: readonly RestoreGroup[]): readonly RestoreTable[] {
  return groups.flatMap(({ tables }) => tables);
}

/** Files and bytes of all nodes, or of one table on all nodes. */
export function totalOf(
  nodes: ReadonlyArray<Pick<NodePlan, 'files'>>,
  table?: string,
): { readonly files: number; readonly bytes: number; readonly sstables: number } {
  const total = { files: 0, bytes: 0, sstables: 0 };
  for (const { files } of nodes) {
    const counted = table === undefined ? files.values() : oneOf(files, table);
    for (const { files: count, bytes, sstables } of counted) {
      total.files += count;
      total.bytes += bytes;
      total.sstables += sstables;
    }
  }
  return total;
}

/** Asked for each of thousands of tables. */
function oneOf(files: NodePlan['files'], table: string): readonly TableFiles[] {
  const found = files.get(table);
  return found ? [found] : [];
}

/** What makes two restores the same: the backup, which node gets whose files, and the tables. */
export function planSum(
  source: string,
  tag: string,
  nodes: readonly MappedNode[],
  tables: ReadonlyArray<Pick<RestoreTable, 'keyspace' | 'table' | 'original'>>,
  isMerge: boolean,
): string {
  const mapping = nodes
    .flatMap(({ node, sources }) => sources.map(({ backup }) => `${backup.hostId} ${node.hostId}`))
    .toSorted();
  const names = tables
    .map(({ keyspace, table, original }) => {
      const name = `${keyspace}.${table}`;
      return name === original ? name : `${name}=${original}`;
    })
    .toSorted();
  return createHash('sha256')
    .update(JSON.stringify([source, tag, mapping, names, ...(isMerge ? ['merge'] : [])]))
    .digest('hex');
}
