import { CainError } from '../../errors.ts';

/** Newest SSTable versions that each major version of Cassandra reads, by format. */
const newestReadable: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '4': { big: 'nb' },
  '5': { big: 'oa', bti: 'da' },
};

/** The oldest that both read: of 3.0. Backups of the original Cain may be that old. */
const oldestReadable = 'ma';

/**
 * Throws CAIN_RESTORE_SCHEMA unless every node can read the backup's SSTables (as "nb big") and is of the same
 * major version of Cassandra as the backup or a newer one: an older one does not know the schema's options.
 */
export function checkVersions(
  backup: { readonly versions: readonly string[]; readonly formats: ReadonlySet<string> },
  cluster: readonly string[],
): void {
  const oldest = Math.min(...cluster.map(majorOf));
  const newest = Math.max(...backup.versions.map(majorOf));
  if (oldest < newest) {
    throw versionError(
      `The backup is of Cassandra ${backup.versions.join(', ')}, the cluster runs ${cluster.join(', ')}`,
    );
  }
  for (const text of backup.formats) {
    const [version = '', format = ''] = text.split(' ');
    const limit = newestReadable[String(oldest)]?.[format];
    const isOld = format === 'big' && version < oldestReadable;
    if (limit !== undefined && version <= limit && !isOld) continue;
    throw versionError(
      `The backup holds SSTables of version ${version} (${format}), which Cassandra ${cluster.join(', ')} can't read`,
    );
  }
}

function majorOf(version: string): number {
  return Number.parseInt(version, 10);
}

function versionError(message: string): CainError {
  return new CainError('CAIN_RESTORE_SCHEMA', message, {
    hint: 'Restore into a cluster of the same major version of Cassandra, or a newer one.',
  });
}
