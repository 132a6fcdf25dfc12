/**
 * Where everything lies in the bucket: the one place that builds and takes apart keys. All keys are
 * relative to a cluster's prefix, `<dst>/<namespace>/<cluster name>/`. The data keys are byte for byte
 * those of the original Cain; docs/format.md describes the whole.
 */
export function clusterPrefix(namespace: string, clusterName: string): string {
  return `${namespace}/${clusterName}/`;
}

export interface DataKey {
  readonly keyspace: string;
  readonly sum: string;
  readonly tag: string;
  readonly pod: string;
  readonly table: string;
  readonly file: string;
}

export function dataKey(parts: DataKey): string {
  return `${dataPrefix(parts)}${parts.table}/${parts.file}`;
}

/** All objects of one node, keyspace and tag; ends with "/", so that pod-1 never matches pod-10. */
export function dataPrefix(parts: Pick<DataKey, 'keyspace' | 'sum' | 'tag' | 'pod'>): string {
  return `${tagPrefix(parts)}${parts.pod}/`;
}

export function tagPrefix(parts: Pick<DataKey, 'keyspace' | 'sum' | 'tag'>): string {
  return `${parts.keyspace}/${parts.sum}/${parts.tag}/`;
}

/** undefined = not a data key of ours or of the original's. */
export function parseDataKey(key: string): DataKey | undefined {
  const parts = key.split('/');
  const [keyspace, sum, tag, pod, table, file] = parts;
  if (parts.length !== 6 || !keyspace || !sum || !tag || !pod || !table || !file) return undefined;
  return { keyspace, sum, tag, pod, table, file };
}

export function schemaTextKey(keyspace: string, sum: string): string {
  return `${keyspace}/${sum}/schema.cql`;
}

/** Keeps the original Cain from restoring a part: it panics on this key before it truncates. */
export function differentialMarkKey(parts: Pick<DataKey, 'keyspace' | 'sum' | 'tag'>): string {
  return `${tagPrefix(parts)}differential.json`;
}

export const ownerKey = '.cain/owner.json';
export const backupsPrefix = '.cain/backups/';
export const runsPrefix = '.cain/runs/';
export const expiredPrefix = '.cain/expired/';
export const damagedPrefix = '.cain/damaged/';
/** Of what preflight writes to try the store. */
export const probePrefix = '.cain/probe/';

export function backupPrefix(tag: string): string {
  return `${backupsPrefix}${tag}/`;
}

export function manifestKey(tag: string): string {
  return `${backupPrefix(tag)}manifest.json`;
}

export function topologyKey(tag: string): string {
  return `${backupPrefix(tag)}topology.json.gz`;
}

export function schemaKey(tag: string): string {
  return `${backupPrefix(tag)}schema.jsonl.gz`;
}

export function rolesKey(tag: string): string {
  return `${backupPrefix(tag)}roles.jsonl.gz`;
}

/** In a directory of their own: a pod may be called `schema` or `roles`. */
export function inventoryKey(tag: string, pod: string): string {
  return `${backupPrefix(tag)}nodes/${pod}.jsonl.gz`;
}

export function runKey(tag: string): string {
  return `${runsPrefix}${tag}.json`;
}

export function checkpointPrefix(tag: string, pod: string): string {
  return `${runsPrefix}${tag}/${pod}/`;
}

/** `sequence` counts from 1; each checkpoint is put once. */
export function checkpointKey(tag: string, pod: string, sequence: number): string {
  return `${checkpointPrefix(tag, pod)}${sequence}.jsonl.gz`;
}

export function expiredKey(tag: string): string {
  return `${expiredPrefix}${tag}.json`;
}

export function damagedKey(tag: string): string {
  return `${damagedPrefix}${tag}.json`;
}
