import { isScratchKeyspace } from './scratch-keyspaces.ts';

/**
 * Keyspaces that Cassandra (4.0 to 5.0, and 6.0's system_cluster_metadata) and DataStax Enterprise make for
 * themselves. A list, not a prefix: a keyspace of a user may be called system_of_record.
 */
const systemKeyspaces: ReadonlySet<string> = new Set([
  'system',
  'system_auth',
  'system_cluster_metadata',
  'system_distributed',
  'system_schema',
  'system_traces',
  'system_views',
  'system_virtual_schema',
  'dse_analytics',
  'dse_insights',
  'dse_insights_local',
  'dse_leases',
  'dse_perf',
  'dse_security',
  'dse_system',
  'dse_system_local',
  'dsefs',
  'solr_admin',
]);

export function isSystemKeyspace(keyspace: string): boolean {
  return systemKeyspaces.has(keyspace);
}

function isLeftOut(keyspace: string): boolean {
  return isSystemKeyspace(keyspace) || isScratchKeyspace(keyspace);
}

export interface Selection<T> {
  /** In the order in which they were given. */
  readonly selected: readonly T[];
  /** Patterns that fit nothing that they may choose: most likely a slip of the pen. */
  readonly unmatched: readonly string[];
}

export interface TableName {
  readonly keyspace: string;
  readonly table: string;
}

/**
 * Patterns: `*` stands for any letters, `?` for one, a leading `!` leaves out and wins over all others; upper
 * and lower case differ. Without a pattern that takes in, all user keyspaces are taken. System keyspaces, and those
 * that a restore makes for itself, are taken only by their exact name.
 */
export function selectKeyspaces(all: readonly string[], patterns: readonly string[]): Selection<string> {
  return select(all, patterns, (keyspace, pattern) => {
    return isLeftOut(keyspace) ? keyspace === pattern : fits(keyspace, pattern);
  });
}

/** The same with patterns `<keyspace>.<table>`; one without a dot fits nothing. */
export function selectTables(all: readonly TableName[], patterns: readonly string[]): Selection<TableName> {
  return select(all, patterns, ({ keyspace, table }, pattern) => {
    const dot = pattern.indexOf('.');
    if (dot < 0) return false;
    const keyspacePattern = pattern.slice(0, dot);
    const isKeyspaceMeant = isLeftOut(keyspace)
      ? keyspace === keyspacePattern
      : fits(keyspace, keyspacePattern);
    return isKeyspaceMeant && fits(table, pattern.slice(dot + 1));
  });
}

function select<T extends string | TableName>(
  all: readonly T[],
  patterns: readonly string[],
  isMeant: (item: T, pattern: string) => boolean,
): Selection<T> {
  const takingIn = patterns.filter((pattern) => !pattern.startsWith('!'));
  const leavingOut = patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1));
  const isAnyMeant = (item: T, candidates: readonly string[]): boolean =>
    candidates.some((pattern) => isMeant(item, pattern));
  const isTakenIn = (item: T): boolean => {
    if (takingIn.length > 0) return isAnyMeant(item, takingIn);
    return !isLeftOut(typeof item === 'string' ? item : item.keyspace);
  };
  return {
    selected: all.filter((item) => isTakenIn(item) && !isAnyMeant(item, leavingOut)),
    unmatched: patterns.filter((pattern) => !all.some((item) => isMeant(item, pattern.replace(/^!/, '')))),
  };
}

function fits(name: string, pattern: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'v').test(name);
}
