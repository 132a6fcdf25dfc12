import type { Ownership } from './live-tables.ts';

/** Who Cassandra's server runs as, from /proc. */
export interface CassandraProcess {
  readonly uid: number;
  readonly gids: ReadonlySet<number>;
  /** It has CAP_DAC_OVERRIDE: permissions do not bind it. */
  readonly overridesPermissions: boolean;
}

const capDacOverride = 1n << 1n;

/** From the lines Uid, Gid, Groups and CapEff of /proc/<pid>/status; undefined where they are missing. */
export function parseProcess(text: string): CassandraProcess | undefined {
  const fields = new Map(
    text
      .split('\n')
      .map((line) => line.split(':'))
      .map(([name = '', values = '']) => [name, values.trim().split(/\s+/)] as const),
  );
  // Real, effective, saved, and the one that files are opened with.
  const uid = fields.get('Uid')?.[3];
  const gid = fields.get('Gid')?.[3];
  if (uid === undefined || gid === undefined) return undefined;
  const groups = (fields.get('Groups') ?? []).filter((group) => group !== '');
  const capabilities = BigInt(`0x${fields.get('CapEff')?.[0] || '0'}`);
  return {
    uid: Number(uid),
    gids: new Set([gid, ...groups].map(Number)),
    overridesPermissions: (capabilities & capDacOverride) !== 0n,
  };
}

/** What the process may do in a directory. Renaming out of it takes `write` and `search`, passing through `search`. */
export function permissionsIn(
  process: CassandraProcess,
  { uid, gid, mode }: Ownership,
): { readonly write: boolean; readonly search: boolean } {
  if (process.overridesPermissions) return { write: true, search: true };
  const shift = process.uid === uid ? 6 : process.gids.has(gid) ? 3 : 0;
  const bits = mode >> shift;
  return { write: (bits & 2) !== 0, search: (bits & 1) !== 0 };
}
