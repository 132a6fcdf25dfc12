import type { Settings } from './table.ts';

/** Settings as the table gives them: keys of `deriveDefaults` may still be unset. */
export type TableValues = Omit<Settings, DerivedKey> & {
  readonly [Key in DerivedKey]: Settings[Key] | undefined;
};

type DerivedKey = 'cassandraDataDirectories' | 'keyspaces' | 'memoryBytes' | 's3ForcePathStyle' | 'tables';

const usualMemoryBytes = 64 * 1024 ** 2;

/** Fills in what follows from other settings. */
export function deriveDefaults(values: TableValues): Settings {
  const endpoint = values.s3Endpoint;
  const scheme = values.s3NoSsl ? 'http' : 'https';
  return {
    ...values,
    keyspaces: values.keyspaces ?? [],
    tables: values.tables ?? [],
    // Charts of the original set parts of 128 MiB.
    memoryBytes: values.memoryBytes ?? Math.max(usualMemoryBytes, values.partSizeBytes),
    cassandraDataDirectories: values.cassandraDataDirectories ?? [],
    // Direct transfer would hand the key to every pod.
    transfer: values.s3SseCustomerKey !== undefined && values.transfer === 'auto' ? 'exec' : values.transfer,
    s3Endpoint: endpoint === undefined || endpoint.includes('://') ? endpoint : `${scheme}://${endpoint}`,
    s3ForcePathStyle: values.s3ForcePathStyle ?? endpoint !== undefined,
    restoreId: values.restoreId ?? values.holder,
  };
}
