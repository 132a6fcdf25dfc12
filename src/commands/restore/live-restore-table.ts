import { isCompactionDisabled, tableOption } from '../../cassandra/create-statements.ts';
import { creationIn, findLiveTable, type LiveSchema } from './live-schema.ts';
import type { RestoreTable } from './restore-plan.ts';

/** Pure. A table as it is in the cluster, that takes back its own files; undefined = it is not there. */
export function liveRestoreTable(
  live: LiveSchema,
  keyspace: string,
  table: string,
): RestoreTable | undefined {
  const found = findLiveTable(live, keyspace, table);
  if (!found) return undefined;
  const creation = creationIn(live, keyspace, table);
  const id = found.id.replaceAll('-', '');
  return {
    keyspace,
    table,
    kind: found.kind,
    original: `${keyspace}.${table}`,
    backupId: id,
    takesIndexFiles: true,
    liveId: id,
    isCreated: false,
    compactsAutomatically: !isCompactionDisabled(creation ?? ''),
    allowsAutoSnapshot: tableOption(creation ?? '', 'allow_auto_snapshot') !== 'false',
    keyColumn:
      found.columns.find(({ kind, position }) => kind === 'partition_key' && position === 0)?.name ?? '',
  };
}
