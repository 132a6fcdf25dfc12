import { how } from './groups/how.ts';
import { logins } from './groups/logins.ts';
import { reporting } from './groups/reporting.ts';
import { restore } from './groups/restore.ts';
import { retention } from './groups/retention.ts';
import { s3 } from './groups/s3.ts';
import { what } from './groups/what.ts';
import { where } from './groups/where.ts';
import type { Setting, ValueOf } from './setting.ts';

/**
 * Every setting, declared once. The environment check, the flags, `--help` and docs/settings.md come from it;
 * the chart's values are tested against it.
 */
export const settingsTable = {
  ...where,
  ...what,
  ...how,
  ...logins,
  ...s3,
  ...retention,
  ...restore,
  ...reporting,
};

export type SettingKey = keyof typeof settingsTable;

type Values = { readonly [Key in SettingKey]: ValueOf<(typeof settingsTable)[Key]> };

/**
 * The settings of a run. Durations are in milliseconds, sizes in bytes; undefined = unset. A key whose default
 * depends on another (see `deriveDefaults`) always has its value.
 */
export type Settings = Omit<
  Values,
  'cassandraDataDirectories' | 'keyspaces' | 'memoryBytes' | 's3ForcePathStyle' | 'tables'
> & {
  /** Patterns; empty = all but the system keyspaces. */
  readonly keyspaces: readonly string[];
  /** Patterns `keyspace.table`; empty = all. */
  readonly tables: readonly string[];
  /** Empty = to be read from the node. */
  readonly cassandraDataDirectories: readonly string[];
  readonly s3ForcePathStyle: boolean;
  /** At least one part. */
  readonly memoryBytes: number;
};

/** The table with its rows' types forgotten, in the order of help and docs. */
export const settingRows: ReadonlyArray<readonly [SettingKey, Setting]> = Object.entries(
  settingsTable,
) as ReadonlyArray<[SettingKey, Setting]>;

/** The groups of help and docs. */
export const settingGroups: ReadonlyArray<{ readonly title: string; readonly rows: readonly Setting[] }> = [
  { title: 'Where', rows: Object.values(where) },
  { title: 'What', rows: Object.values(what) },
  { title: 'How', rows: Object.values(how) },
  { title: 'Logins to Cassandra', rows: Object.values(logins) },
  { title: 'S3', rows: Object.values(s3) },
  { title: 'Retention', rows: Object.values(retention) },
  { title: 'Restore', rows: Object.values(restore) },
  { title: 'Metrics, schedule, logs and output', rows: Object.values(reporting) },
];
