import { tableName } from '../../cassandra/journal.ts';
import { sizeText } from './describe-plan.ts';
import type { UndoPlan } from './plan-undo.ts';
import { totalOf } from './restore-plan.ts';

/** Pure. What an undo would do, as lines for people. */
export function describeUndo(
  { undone, groups, nodes, left, resumed }: UndoPlan,
  clusterName: string,
): readonly string[] {
  const total = totalOf(nodes);
  return [
    `Undo of restore ${undone.id} (backup ${undone.tag}, begun ${undone.startedAt}) in cluster ${clusterName}`,
    `  ${total.files} files, ${sizeText(total.bytes)}, from snapshots on ${nodes.length} nodes`,
    ...(resumed ? [`  goes on with an undo begun ${resumed.startedAt}`] : []),
    ...(groups.length > 0 ? ['Tables:'] : ['No table holds anything else than before it.']),
    ...groups.flatMap(({ tables, rebuiltViews = [] }) => [
      ...tables.map((table) => {
        const { files, bytes } = totalOf(nodes, tableName(table));
        const before = files === 0 ? 'was empty' : `${files} files, ${sizeText(bytes)}`;
        return `  ${tableName(table)} (${table.kind}): ${before}; what it holds now goes`;
      }),
      ...rebuiltViews.map(({ keyspace, view }) => `  ${keyspace}.${view} (view): is dropped, and built anew`),
    ]),
    ...(left.length > 0
      ? [
          `Left as they are, since the restore made them (drop them if they are not wanted): ${left.join(', ')}`,
        ]
      : []),
  ];
}
