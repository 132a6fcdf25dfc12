import { parseJsonRows } from '../../cassandra/cqlsh-output.ts';
import { sectionOf } from '../../cassandra/pod-tools.ts';
import { CainError, messageOf } from '../../errors.ts';
import { writeJsonLines } from '../../store/json-lines.ts';
import { rolesKey } from '../../store/layout.ts';
import type { RecordReference } from '../../store/manifest.ts';
import { speaker } from '../preflight/speaker.ts';
import type { BackupRun } from './backup-run.ts';

/** Without CIDR permissions, which only Cassandra 5.0 has: an older one would refuse them all. */
const rolesTables = ['roles', 'role_members', 'role_permissions', 'network_permissions'] as const;

/** Whoever runs a cqlsh anyway can ask for the roles in it. */
export const rolesStatements = rolesTables.map((table) => `SELECT JSON * FROM system_auth.${table};`);

/** The results of `rolesStatements`. */
export type RolesRows = ReadonlyArray<readonly unknown[]>;

/** Argument: the consistency level, since one replica may have missed a role. */
const rolesBody = `
section roles
cqlsh_ "CONSISTENCY $1; ${rolesStatements.join(' ')}"
`;

/**
 * Roles with their salted hashes, memberships, permissions and data centres, when the login may read them; undefined =
 * it may not. Reads what was not read before.
 */
export async function putRoles(
  run: BackupRun,
  seen: RolesRows | undefined,
): Promise<RecordReference | undefined> {
  const { store, tag, signal, context } = run;
  if (!context.settings.roles) return undefined;
  let rows: RolesRows;
  try {
    rows = seen ?? (await readRoles(run));
  } catch (error) {
    signal.throwIfAborted();
    context.log.warn('Roles could not be read and are not in this backup', { reason: messageOf(error) });
    return undefined;
  }
  const records = rolesTables.flatMap((table, index) => (rows[index] ?? []).map((row) => ({ table, row })));
  const { key, sha256, sizeBytes } = await writeJsonLines(store, rolesKey(tag), records, {
    ifNoneMatch: '*',
    signal,
  });
  return { key, sha256, sizeBytes };
}

/** At QUORUM; where too few nodes are up for that, at ONE, and says so. */
async function readRoles(run: BackupRun): Promise<RolesRows> {
  try {
    return await readRolesAt(run, 'QUORUM');
  } catch (error) {
    if (!(error instanceof CainError) || error.code !== 'CAIN_EXEC_FAILED') throw error;
    const rows = await readRolesAt(run, 'ONE');
    run.context.log.warn(
      'Roles were read from one replica each: a role that it has missed is not in this backup',
      {
        reason: error.message,
      },
    );
    return rows;
  }
}

async function readRolesAt(
  { access, survey, signal }: BackupRun,
  level: 'QUORUM' | 'ONE',
): Promise<RolesRows> {
  const { pod } = speaker(survey);
  const call = { purpose: 'Reading the roles', body: rolesBody, args: [level], signal };
  return parseJsonRows(sectionOf(await access.tools.run(pod, call), 'roles'), rolesTables.length);
}
