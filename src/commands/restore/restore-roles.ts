import { parseJsonRows } from '../../cassandra/cqlsh-output.ts';
import { sectionOf } from '../../cassandra/pod-tools.ts';
import { planRoles, type RolePlan, type RoleRow } from '../../cassandra/role-statements.ts';
import { runSecretStatements } from '../../cassandra/run-secret-statements.ts';
import { CainError } from '../../errors.ts';
import { readRecord } from '../../record.ts';
import { readJsonLines } from '../../store/json-lines.ts';
import type { Manifest } from '../../store/manifest.ts';
import { type RestoreRun, speakerOf } from './restore-run.ts';

const rolesBody = `
section roles
cqlsh_ "SELECT JSON role FROM system_auth.roles;"
`;

/**
 * CAIN_RESTORE_ROLES, as far as nothing is changed: what is to be made. Throws where the backup holds no roles, or where
 * the login may not read those of the cluster.
 */
export async function readRolePlan(run: RestoreRun, { roles, tag }: Manifest): Promise<RolePlan> {
  const old = run.survey.nodes.find(({ releaseVersion }) => releaseVersion.startsWith('4.0.'));
  if (old) {
    throw new CainError('CAIN_RESTORE_SCHEMA', `Cassandra ${old.releaseVersion} takes no hashed passwords`, {
      hint: 'Roles can be restored from 4.1 on. Nothing was changed.',
    });
  }
  if (!roles) {
    throw new CainError('CAIN_NO_BACKUP', `Backup ${tag} holds no roles`, {
      hint: 'The login of that backup could not read them, or CAIN_ROLES was false. Leave CAIN_RESTORE_ROLES out.',
    });
  }
  const rows: RoleRow[] = [];
  for await (const value of readJsonLines(run.store, roles.key, {
    sha256: roles.sha256,
    signal: run.signal,
  })) {
    const { row } = value as { row?: unknown };
    rows.push({ table: readRecord(value, roles.key).string('table'), row });
  }
  return planRoles(rows, await readRoleNames(run));
}

/** Makes them, and reads them back. */
export async function restoreRoles(run: RestoreRun, plan: RolePlan): Promise<void> {
  if (plan.statements.length > 0) {
    await runSecretStatements(run.access.tools, speakerOf(run).pod, plan.statements, run.signal);
  }
  const there = await readRoleNames(run);
  const lost = plan.created.filter((role) => !there.has(role));
  if (lost.length > 0) {
    throw new CainError('CAIN_RESTORE_UNPROVEN', `Roles were not made: ${lost.join(', ')}`, {
      hint: "The login needs CREATE and AUTHORIZE on all roles, or a superuser. Cassandra's log says more.",
    });
  }
  run.context.log.info('Restored roles', { created: plan.created.length, kept: plan.kept.length });
}

/** Pure. For the report. */
export function describeRoles({ created, kept, skipped }: RolePlan): readonly string[] {
  return [
    `Roles: ${created.length} made${kept.length > 0 ? `; as they were, since they were there: ${kept.join(', ')}` : ''}`,
    ...(skipped.length > 0 ? [`Permissions to grant by hand: ${skipped.join(', ')}`] : []),
  ];
}

async function readRoleNames(run: RestoreRun): Promise<ReadonlySet<string>> {
  const call = { purpose: 'Reading the roles', body: rolesBody, signal: run.signal };
  const sections = await run.access.tools.run(speakerOf(run).pod, call);
  const rows = parseJsonRows(sectionOf(sections, 'roles'), 1).flat();
  return new Set(rows.map((row) => readRecord(row, 'system_auth.roles').string('role')));
}
