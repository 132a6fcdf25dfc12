import { tableName } from '../../cassandra/journal.ts';
import { allTables, type NodePlan, type RestorePlan, type RestoreTable, totalOf } from './restore-plan.ts';
import { percentLeft, type VolumeNeed } from './space.ts';

/** Pure. The plan as lines for people. */
export function describePlan(plan: RestorePlan, clusterName: string): readonly string[] {
  const { manifest, nodes, creation, resumed } = plan;
  const total = totalOf(nodes);
  const notes = [...plan.notes, ...plan.unlike, ...plan.warnings];
  return [
    `Restore of backup ${manifest.tag} (plan ${manifest.plan}, ${manifest.mode}, Cassandra ${manifest.cassandraVersions.join(', ') || 'of an unknown version'}) into cluster ${clusterName}${plan.alone === undefined ? '' : `, pod ${plan.alone} alone`}`,
    `  ${total.files} files, ${sizeText(total.bytes)}, on ${nodes.length} nodes`,
    ...(resumed ? [`  goes on with restore ${resumed.id}, begun ${resumed.startedAt}`] : []),
    'Nodes:',
    ...nodes.map(describeNode),
    'Tables:',
    ...allTables(plan.groups).map((table) => `  ${describeTable(table, plan)}`),
    ...rebuiltViewsOf(plan).map((name) => `  ${name} (view): is dropped, and built anew from its table`),
    ...(creation.keyspaces.length > 0 ? [`Keyspaces to create: ${creation.keyspaces.join(', ')}`] : []),
    ...(creation.completed.length > 0
      ? ['Tables to complete:', ...creation.completed.map((change) => `  ${change}`)]
      : []),
    'Room:',
    ...plan.volumes.map((volume) => `  ${describeVolume(volume)}`),
    ...(notes.length > 0 ? ['Notes:', ...notes.map((note) => `  ${note}`)] : []),
  ];
}

function describeNode({ node, sources, files, folders }: NodePlan): string {
  const { files: count, bytes } = totalOf([{ files }]);
  const pods = sources.map(({ backup }) => backup.pod);
  const more = pods.length > mostPods ? ` and ${pods.length - mostPods} more` : '';
  const isOwn = !folders && (pods.length === 0 || pods[0] === node.pod.name);
  const origin = isOwn
    ? ''
    : ` (${folders ? 'from' : 'in the backup'} ${pods.slice(0, mostPods).join(', ')}${more})`;
  return `  ${node.pod.name}${origin}: ${count} files, ${sizeText(bytes)}`;
}

/** Of a large cluster the names say nothing. */
const mostPods = 5;

function describeTable(table: RestoreTable, plan: RestorePlan): string {
  const name = tableName(table);
  const { files, bytes } = totalOf(plan.nodes, name);
  const from = table.original === name ? '' : ` from ${table.original}`;
  const what = `${table.kind === 'view' ? 'view' : 'table'}${from}`;
  return `${name} (${what}): ${files} files, ${sizeText(bytes)}; ${fateOf(table, name, plan)}`;
}

function fateOf({ isCreated }: RestoreTable, name: string, plan: RestorePlan): string {
  const { filled, truncated, isMerge } = plan;
  if (isCreated) return 'is created';
  if (plan.alone !== undefined) return 'keeps what it holds';
  if (isMerge && filled.has(name))
    return 'IS NOT EMPTY and keeps what it holds, of which a snapshot stays as the undo';
  if (truncated.has(name)) return 'was truncated by an earlier run of this restore';
  if (filled.has(name))
    return 'IS NOT EMPTY and is truncated; a snapshot of what it holds now stays as the undo';
  return 'is empty';
}

function describeVolume(need: VolumeNeed): string {
  const { pod, directories, neededBytes, freeBytes } = need;
  const left = percentLeft(need).toFixed(1);
  return `${pod} ${directories.join(', ')}: ${sizeText(neededBytes)} to stage, ${sizeText(freeBytes)} free, ${left} % free afterwards`;
}

function rebuiltViewsOf({ groups }: RestorePlan): readonly string[] {
  return groups.flatMap(({ rebuiltViews = [] }) =>
    rebuiltViews.map(({ keyspace, view }) => `${keyspace}.${view}`),
  );
}

const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

export function sizeText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
