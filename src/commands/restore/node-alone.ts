import { readTruncationTimes } from '../../cassandra/truncation-times.ts';
import { CainError } from '../../errors.ts';
import type { Manifest } from '../../store/manifest.ts';
import { tagTime } from '../../store/tag.ts';
import { checkStaleness } from './check-staleness.ts';
import { type ChosenTable, type ChosenTables, tablesOf } from './choose-tables.ts';
import { creationIn, findLiveTable, type LiveSchema } from './live-schema.ts';
import type { NodeMapping } from './map-nodes.ts';
import { onAllNodes, type RestoreRun } from './restore-run.ts';

/**
 * Pure. CAIN_NODE: of all nodes only this one, which gets its own files back beside what it holds; the others are not
 * touched. Throws CAIN_RESTORE_MAPPING where there is no such pod, or where its rows have other replicas than then.
 */
export function onlyNode(mapping: NodeMapping, pod: string): NodeMapping {
  const node = mapping.nodes.find((each) => each.node.pod.name === pod);
  if (!node) {
    const names = mapping.nodes.map((each) => each.node.pod.name).join(', ');
    throw new CainError('CAIN_RESTORE_MAPPING', `There is no pod ${pod} in the ring; there are ${names}`, {
      hint: 'Set CAIN_NODE to the name of one of them.',
    });
  }
  if (mapping.spread.size > 0) {
    const list = mapping.differences.map((difference) => `\n  - ${difference}`).join('');
    throw new CainError(
      'CAIN_RESTORE_MAPPING',
      `${pod} can't get its own files back: the topology is not that of the backup:${list}`,
      {
        hint: 'Nothing was changed. Let Cassandra fill the node (`nodetool rebuild` or `nodetool repair --full`), or restore all nodes.',
      },
    );
  }
  if (node.sources.length === 0) {
    throw new CainError('CAIN_RESTORE_MAPPING', `The backup holds nothing of ${pod}`, {
      hint: 'Nothing was changed. `cain list` shows what a backup holds.',
    });
  }
  return { ...mapping, nodes: [node] };
}

/**
 * Old files may only come beside what the other replicas hold where these still know of every deletion since: the
 * tables are those of the backup, were not truncated since, and the backup is younger than their tombstones live.
 */
export async function checkNodeAlone(
  run: RestoreRun,
  { chosen, live, manifest }: { chosen: ChosenTables; live: LiveSchema; manifest: Manifest },
): Promise<void> {
  const tables = chosen.groups.flatMap(tablesOf);
  checkSameTables(tables, live);
  const named = run.context.settings.restoreStale;
  const existing = tables.map(({ keyspace, table }) => ({
    name: `${keyspace}.${table}`,
    creation: creationIn(live, keyspace, table) ?? '',
  }));
  checkStaleness(existing, { tag: manifest.tag, now: run.context.now(), named });
  if (named === manifest.tag) return;
  const truncated = await tablesTruncatedSince(run, tables, tagTime(manifest.tag));
  if (truncated.length === 0) return;
  throw new CainError(
    'CAIN_RESTORE_STALE',
    `Tables were truncated after backup ${manifest.tag} was taken: ${truncated.join(', ')}`,
    {
      hint: `Nothing was changed. What they held before would come back. Leave them out (CAIN_TABLE), or, if that is what you want, set CAIN_RESTORE_STALE=${manifest.tag}.`,
    },
  );
}

/** Pure. */
export function checkSameTables(tables: readonly ChosenTable[], live: LiveSchema): void {
  const differences = tables.flatMap(({ keyspace, table, id }) => {
    const now = findLiveTable(live, keyspace, table);
    if (!now) return [`${keyspace}.${table} is not in the cluster`];
    return now.id === id ? [] : [`${keyspace}.${table} was dropped and created again since the backup`];
  });
  if (differences.length === 0) return;
  const list = differences.map((difference) => `\n  - ${difference}`).join('');
  throw new CainError('CAIN_RESTORE_SCHEMA', `One node alone can't get back tables of another life:${list}`, {
    hint: 'Nothing was changed. Leave them out (CAIN_TABLE), or restore them on all nodes, without CAIN_NODE.',
  });
}

/** Every node is asked: the one that lost its files lost its memory of this, too. */
async function tablesTruncatedSince(
  run: RestoreRun,
  tables: readonly ChosenTable[],
  since: Date,
): Promise<readonly string[]> {
  const truncated = new Set<string>();
  await onAllNodes(run.survey.nodes, async ({ pod }) => {
    const times = await readTruncationTimes(run.access.tools, pod, run.signal);
    for (const { keyspace, table, id } of tables) {
      const time = times.get(id.replaceAll('-', ''));
      if (time && time >= since) truncated.add(`${keyspace}.${table}`);
    }
  });
  return [...truncated].toSorted();
}
