import { descendingColumns, typeFields } from '../../cassandra/create-statements.ts';

/** The columns of a table or view, in the backup or in the cluster. */
export interface ColumnDescription {
  readonly name: string;
  readonly kind: string;
  readonly position: number;
  readonly type: string;
}

/** The shape of a table in the words of CQL, a line each. `creation` is its CREATE statement, where there is one. */
export function tableLines(columns: readonly ColumnDescription[], creation = ''): readonly string[] {
  const keysOf = (wanted: string): readonly string[] =>
    columns
      .filter(({ kind }) => kind === wanted)
      .toSorted((a, b) => a.position - b.position)
      .map(({ name }) => name);
  const named = columns.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const partitionKey = keysOf('partition_key');
  const clustering = keysOf('clustering');
  const descending = descendingColumns(creation);
  const order = clustering.map((name) => `${name} ${descending.has(name) ? 'DESC' : 'ASC'}`);
  return [
    ...named.map(({ name, type, kind }) => `${name} ${type}${kind === 'static' ? ' static' : ''}`),
    `PRIMARY KEY (${[`(${partitionKey.join(', ')})`, ...clustering].join(', ')})`,
    ...(order.length > 0 ? [`CLUSTERING ORDER BY (${order.join(', ')})`] : []),
  ];
}

/** The fields of a CREATE TYPE, a line each. */
export function typeLines(statement: string): readonly string[] {
  return typeFields(statement).map(({ name, type }) => `${name} ${type}`);
}

/**
 * Pure. Both shapes as a diff: `-` is in the backup alone, `+` in the cluster alone. What both have is shown too, for
 * people who look for their column. [] = they are the same.
 */
export function diffLines(
  name: string,
  backup: readonly string[],
  cluster: readonly string[],
): readonly string[] {
  const was = new Set(backup);
  const is = new Set(cluster);
  if (backup.every((line) => is.has(line)) && cluster.every((line) => was.has(line))) return [];
  const lines = [...backup.filter((line) => !is.has(line)), ...cluster];
  const subject = (line: string): string => line.split(' ')[0] ?? '';
  const position = (line: string): number => {
    const same = cluster.findIndex((other) => subject(other) === subject(line));
    if (same >= 0) return same;
    const keys = cluster.findIndex((other) => other.startsWith('PRIMARY KEY'));
    return keys < 0 ? cluster.length : keys - 0.5;
  };
  const ordered = lines
    .map((line, index) => ({ line, index, at: position(line) }))
    .toSorted((a, b) => a.at - b.at || a.index - b.index);
  return [
    `--- ${name} in the backup`,
    `+++ ${name} in the cluster`,
    ...ordered.map(({ line }) => `${is.has(line) ? (was.has(line) ? ' ' : '+') : '-'} ${line}`),
  ];
}
