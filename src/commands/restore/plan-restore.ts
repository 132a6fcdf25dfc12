import { isCompactionDisabled, tableOption } from '../../cassandra/create-statements.ts';
import { tableName } from '../../cassandra/journal.ts';
import type { Manifest } from '../../store/manifest.ts';
import { checkRights } from './check-rights.ts';
import { checkTablesOfThen } from './check-tables-of-then.ts';
import { checkVersions } from './check-versions.ts';
import { type ChosenTable, originalOf, type TableGroup, tablesOf } from './choose-tables.ts';
import { checkSchema, compareSchema } from './compare-schema.ts';
import { type Completion, planCompletion } from './completion.ts';
import { type Creation, noCreation, planCreation } from './creation.ts';
import { findFilledTables } from './find-filled-tables.ts';
import { graceWarnings } from './grace-warnings.ts';
import { type JournalBook, openJournalBook } from './journal-book.ts';
import { creationOf, findLiveTable, type LiveSchema, readLiveSchema, statementsOf } from './live-schema.ts';
import { mapNodes, type NodeMapping } from './map-nodes.ts';
import { nextStep } from './next-step.ts';
import { checkNodeAlone, onlyNode } from './node-alone.ts';
import { planMerge, withoutViews } from './plan-merge.ts';
import { planNodes } from './plan-nodes.ts';
import { readBackup } from './read-backup.ts';
import { readSettledView } from './read-ring.ts';
import { readVolumeNeeds } from './read-volume-needs.ts';
import {
  allTables,
  type NodePlan,
  planSum,
  type RestoreGroup,
  type RestorePlan,
  type RestoreTable,
} from './restore-plan.ts';
import { type RestoreRun, speakerOf } from './restore-run.ts';
import { idToWorkUnder, type JournalsByPod, type Standing, tagToRestore } from './resume.ts';
import { checkSpace, volumeWarnings } from './space.ts';
import { targetReplications } from './target-replication.ts';

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
  const { ring, schema } = await readSettledView(run);
  const names = chosen.keyspaces.map(({ keyspace }) => keyspace);
  const live = await readLiveSchema(run.access.tools, speakerOf(run).pod, { schema, names }, run.signal);
  const replications = targetReplications(
    chosen.keyspaces,
    manifest,
    { existing: live.keyspaces, ring: ring.nodes },
    settings.restoreReplication,
  );
  const wholeMapping = mapNodes(
    { manifest, topology: backup.topology, keyspaces: chosen.keyspaces },
    {
      partitioner: run.survey.partitioner,
      ring: ring.nodes,
      nodes: run.survey.nodes,
      replications: replications.all,
    },
  );
  const alone = settings.node;
  const mapping = alone === undefined ? wholeMapping : onlyNode(wholeMapping, alone);
  if (alone !== undefined) await checkNodeAlone(run, { chosen, live, manifest });
  const isMerge = settings.restoreMode === 'merge';
  const imported = isMerge ? withoutViews(chosen) : chosen;
  const comparison = compareSchema(imported, live, {
    rebuildsViews: isMerge,
    isAlone: alone !== undefined,
  });
  checkSchema(comparison);
  const creation = alone === undefined ? planCreation(imported, live, replications.changed) : noCreation;
  const importedGroups = imported.groups.map((group) => groupOf(group, live));
  const groups = isMerge
    ? await planMerge(run, { chosen, live, groups: importedGroups, tag: manifest.tag, resumed })
    : importedGroups;
  const sum = planSum(
    run.store.location,
    manifest.tag,
    mapping.nodes,
    allTables(groups),
    isMerge || alone !== undefined,
  );
  const workId = idToWorkUnder(standing, id, {
    sum,
    tag: manifest.tag,
    source: run.store.location,
    tables: allTables(groups).map(tableName),
    isMerge: isMerge || alone !== undefined,
    ...(alone === undefined ? {} : { node: alone }),
  });
  const nodes = await planNodes(run, mapping, allTables(groups));
  checkVersions(
    { versions: manifest.cassandraVersions, formats: formatsOf(nodes) },
    run.survey.nodes.map(({ releaseVersion }) => releaseVersion),
  );
  const book = openJournalBook(journals, workId, nodes);
  checkTablesOfThen({ id: workId, groups }, book, journals);
  const volumes = await readVolumeNeeds(run, nodes, groups, { id: workId, book, spread: mapping.spread });
  checkSpace(volumes, settings.minFree);
  if (alone === undefined) await checkRights(run, groups);
  const filled = alone === undefined ? await findFilledTables(run, groups, book) : new Set<string>();
  const truncated = truncatedTables(groups, book);
  const keepsNothing = !isMerge && alone === undefined && !settings.drill;
  const completion = planCompletion(imported, live, (table) => {
    const name = tableName(table);
    return alone === undefined && !filled.has(name) && !truncated.has(name);
  });
  return {
    id: workId,
    manifest,
    groups,
    nodes,
    creation: completed(creation, completion),
    filled,
    truncated,
    volumes,
    spread: mapping.spread,
    notes: [
      ...coverageNotes(manifest),
      ...spreadNotes(mapping),
      ...(mapping.spread.size > 0 ? volumeWarnings(volumes, settings.minFree) : []),
      ...comparison.notes,
      ...comparison.diff,
    ],
    warnings: keepsNothing
      ? graceWarnings(imported, live, { tag: manifest.tag, now: run.context.now(), spread: mapping.spread })
      : [],
    unlike: completion.unlike,
    resumed,
    isMerge: isMerge || alone !== undefined,
    ...(alone === undefined ? {} : { alone }),
    sum,
  };
}

function completed(creation: Creation, { statements, completed: changes }: Completion): Creation {
  return { ...creation, statements: [...creation.statements, ...statements], completed: changes };
}

function truncatedTables(groups: readonly RestoreGroup[], book: JournalBook): ReadonlySet<string> {
  const begun = groups.filter(({ tables }) => nextStep(book.statesOf(tables)) !== 'truncate');
  return new Set(allTables(begun).map(tableName));
}

function coverageNotes({ coverage }: Manifest): readonly string[] {
  if (coverage === 'whole') return [];
  return [
    `The backup holds only a ${coverage} of the replicas: what was written to the others alone is not in it`,
  ];
}

/** Why every node gets files of several, for people. */
function spreadNotes({ spread, differences }: NodeMapping): readonly string[] {
  if (spread.size === 0) return [];
  const names = [...spread].join(', ');
  return [
    `The topology is not that of the backup for ${names}: each node gets the files of all nodes that kept a part of its rows, and is cleaned up after the import`,
    ...differences.slice(0, mostDifferences).map((difference) => `- ${difference}`),
    ...(differences.length > mostDifferences ? [`- and ${differences.length - mostDifferences} more`] : []),
  ];
}

/** A cluster of a hundred nodes that was built anew differs in each. */
const mostDifferences = 10;

function groupOf(group: TableGroup, live: LiveSchema): RestoreGroup {
  const [base, ...views] = tablesOf(group).map((record) => tableOf(record, live));
  return { keyspace: group.keyspace, tables: [base as RestoreTable, ...views] };
}

function tableOf(record: ChosenTable, live: LiveSchema): RestoreTable {
  const { keyspace, table } = record;
  const original = originalOf(record);
  const now = findLiveTable(live, keyspace, table);
  const statements = now ? (live.statements.get(keyspace) ?? []) : statementsOf(record.schemaText);
  const creation = creationOf(statements, table);
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
