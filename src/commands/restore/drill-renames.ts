import { drillKeyspace } from '../../cassandra/scratch-keyspaces.ts';
import { CainError } from '../../errors.ts';
import type { Rename } from '../../settings/renames.ts';

/** Pure. What a drill restores, and where to: each keyspace beside itself, under a name that says whose it is. */
export function drillRenames(keyspaces: readonly string[]): readonly Rename[] {
  const tooLong = keyspaces.filter((keyspace) => drillKeyspace(keyspace) === undefined);
  if (tooLong.length > 0) {
    throw new CainError(
      'CAIN_RESTORE_RENAME',
      `No scratch keyspace can be named after ${tooLong.join(', ')}`,
      {
        hint: 'Names end at 48 letters. Leave these keyspaces out of the drill (CAIN_KEYSPACE=!name), and restore them under another name (CAIN_RENAME).',
      },
    );
  }
  return keyspaces.map((keyspace) => ({
    from: { keyspace },
    to: { keyspace: drillKeyspace(keyspace) as string },
  }));
}
