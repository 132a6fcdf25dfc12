import { isCompactionDisabled, tableOption } from '../../cassandra/create-statements.ts';
import { tableName } from '../../cassandra/journal.ts';
import { checkVersions } from './check-versions.ts';
import { type ChosenTable, originalOf, type TableGroup, tablesOf } from './choose-tables.ts';
import { checkSchema, compareSchema } from './compare-schema.ts';
import { planCreation } from './creation.ts';
import { findFilledTables } from './find-filled-tables.ts';
import { type JournalBook, openJournalBook } from './journal-book.ts';
import { findLiveTable, type LiveSchema, readLiveSchema, statementsOf } from './live-schema.ts';
import { mapNodes, type NodePair } from './map-nodes.ts';
import { nextStep } from './next-step.ts';
import { idsOf, readNodeFiles, sumNodeFiles } from './node-files.ts';
import { placeDirectories } from './placement.ts';
import { planMerge, withoutViews } from './plan-merge.ts';
import { type ChosenBackup, readBackup } from './read-backup.ts';
import { readSettledRing } from './read-ring.ts';
import { readVolumeNeeds } from './read-volume-needs.ts';
import {
  allTables,
  type NodePlan,
  planSum,
  type RestoreGroup,
  type RestorePlan,
  type RestoreTable,
} from './restore-plan.ts';
import { onAllNodes, type RestoreRun, speakerOf } from './restore-run.ts';
import { idToWorkUnder, type JournalsByPod, type Standing, tagToRestore } from './resume.ts';
import { checkSpace } from './space.ts';

export interface PlanInput {
  /** This run's id. */
  readonly id: string;
  readonly standing: Standing;
  readonly journals: JournalsByPod;
}

/**
 * All that can be known before anything is changed: the backup, the nodes, the schema, what the tables hold, the
 * room. Whatever speaks against the restore is thrown here.
 */
export async function planRestore(
  run: RestoreRun,
  { id, standing, journals }: PlanInput,
): Promise<RestorePlan> {
  const { settings } = run.context;
  const resumed = standing.kind === 'unfinished' ? standing.plan : undefined;
  const backup = await readBackup(run, tagToRestore(standing, id, settings.tag ?? 'latest'));
  const { manifest, chosen } = backup;
  const live = await readLiveSchema(
    run.access.tools,
    speakerOf(run).pod,
    chosen.keyspaces.map(({ keyspace }) => keyspace),
    run.signal,
  );
  const pairs = await pairNodes(run, backup, live);
  const isMerge = settings.restoreMode === 'merge';
  const imported = isMerge ? withoutViews(chosen) : chosen;
  const comparison = compareSchema(imported, live, { rebuildsViews: isMerge });
  checkSchema(comparison);
  const creation = planCreation(imported, live);
  const importedGroups = imported.groups.map((group) => groupOf(group, live));
  const groups = isMerge
    ? await planMerge(run, { chosen, live, groups: importedGroups, tag: manifest.tag, resumed })
    : importedGroups;
  const sum = planSum(run.store.location, manifest.tag, pairs, allTables(groups), isMerge);
  const workId = idToWorkUnder(standing, id, sum);
  const nodes = await planNodes(run, pairs, allTables(groups));
  checkVersions(
    { versions: manifest.cassandraVersions, formats: formatsOf(nodes) },
    run.survey.nodes.map(({ releaseVersion }) => releaseVersion),
  );
  const book = openJournalBook(journals, workId);
  const volumes = await readVolumeNeeds(run, nodes, groups, { id: workId, book });
  checkSpace(volumes, settings.minFree);
  return {
    id: workId,
    manifest,
    groups,
    nodes,
    creation,
    filled: await findFilledTables(run, groups, book),
    truncated: truncatedTables(groups, book),
    volumes,
    notes: [...comparison.notes, ...comparison.diff],
    resumed,
    isMerge,
    sum,
  };
}

function truncatedTables(groups: readonly RestoreGroup[], book: JournalBook): ReadonlySet<string> {
  const begun = groups.filter(({ tables }) => nextStep(book.statesOf(tables)) !== 'truncate');
  return new Set(allTables(begun).map(tableName));
}

async function pairNodes(
  run: RestoreRun,
  { manifest, topology, chosen }: ChosenBackup,
  live: LiveSchema,
): Promise<readonly NodePair[]> {
  const ring = await readSettledRing(run);
  return mapNodes(
    { manifest, topology, keyspaces: chosen.keyspaces },
    {
      partitioner: run.survey.partitioner,
      ring: ring.nodes,
      nodes: run.survey.nodes,
      replications: new Map([...live.keyspaces].map(([name, { replication }]) => [name, replication])),
    },
  );
}

async function planNodes(
  run: RestoreRun,
  pairs: readonly NodePair[],
  tables: readonly RestoreTable[],
): Promise<readonly NodePlan[]> {
  const newNames = new Map(tables.map((table) => [table.original, tableName(table)]));
  const ids = idsOf(tables);
  const plans: NodePlan[] = [];
  await onAllNodes(pairs, async (pair) => {
    const held = await sumNodeFiles(readNodeFiles(run.store, pair.backup, ids, run.signal), pair.backup.pod);
    const files = new Map([...held].map(([name, sums]) => [newNames.get(name) ?? name, sums]));
    const bytes = new Map<string, number>();
    for (const { bytesByDirectory } of files.values()) {
      for (const [directory, size] of bytesByDirectory)
        bytes.set(directory, (bytes.get(directory) ?? 0) + size);
    }
    const { dataDirectories, disks } = pair.node;
    plans.push({ ...pair, files, placement: placeDirectories(bytes, dataDirectories, disks.volumes) });
  });
  return plans.toSorted((a, b) => (a.node.pod.name < b.node.pod.name ? -1 : 1));
}

function groupOf(group: TableGroup, live: LiveSchema): RestoreGroup {
  const [base, ...views] = tablesOf(group).map((record) => tableOf(record, live));
  return { keyspace: group.keyspace, tables: [base as RestoreTable, ...views] };
}

function tableOf(record: ChosenTable, live: LiveSchema): RestoreTable {
  const { keyspace, table } = record;
  const original = originalOf(record);
  const now = findLiveTable(live, keyspace, table);
  const statements = now ? (live.statements.get(keyspace) ?? []) : statementsOf(record.schemaText);
  const creation = statements.find(
    ({ subject: { kind, name } }) => (kind === 'table' || kind === 'view') && name === table,
  );
  const keyColumn = record.columns.find(({ kind, position }) => kind === 'partition_key' && position === 0);
  return {
    keyspace,
    table,
    kind: record.type,
    original: tableName(original),
    backupId: withoutDashes(original.id),
    takesIndexFiles: original.table === table,
    liveId: withoutDashes(now?.id ?? record.id),
    isCreated: !now,
    compactsAutomatically: !isCompactionDisabled(creation?.text ?? ''),
    allowsAutoSnapshot: tableOption(creation?.text ?? '', 'allow_auto_snapshot') !== 'false',
    keyColumn: keyColumn?.name ?? '',
  };
}

function formatsOf(nodes: readonly NodePlan[]): ReadonlySet<string> {
  return new Set(nodes.flatMap(({ files }) => [...files.values()].flatMap(({ formats }) => [...formats])));
}

function withoutDashes(id: string): string {
  return id.replaceAll('-', '');
}
