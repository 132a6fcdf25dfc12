import { readRing } from '../../cassandra/ring.ts';
import {
  hasItsMember,
  missingGrants,
  planRoles,
  type RoleGrant,
  type RolePlan,
  type RoleRow,
} from '../../cassandra/role-statements.ts';
import { runSecretStatements } from '../../cassandra/run-secret-statements.ts';
import { CainError } from '../../errors.ts';
import { readRecord } from '../../record.ts';
import { readJsonLines } from '../../store/json-lines.ts';
import type { Manifest } from '../../store/manifest.ts';
import { type CurrentRoles, isResourceThere, readCurrentRoles } from './current-roles.ts';
import { type RestoreRun, speakerOf } from './restore-run.ts';

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
  const { nodes } = await readRing(run.access.tools, speakerOf(run).pod, run.signal);
  const dataCenters = new Set(nodes.map(({ dataCenter }) => dataCenter));
  const { roles: present, takesPermissions } = await readCurrentRoles(run);
  return planRoles(rows, { roles: present, dataCenters, takesPermissions });
}

/** For people: `Not granted, since …` */
const reasons = {
  notThere: 'it is not there',
  isCircular: 'it is there the other way round',
  noPermissions: 'the cluster has no permissions (AllowAllAuthorizer)',
} as const;

interface MissingGrant {
  readonly statement: string;
  /** undefined = it could have been granted. */
  readonly why: keyof typeof reasons | undefined;
}

/** What was done with the roles. */
export interface RestoredRoles extends RolePlan {
  /** What Cassandra does not grant in this cluster, such as rights on tables that were not restored. */
  readonly notGranted: readonly MissingGrant[];
}

/** Makes them, and reads them back: not every cqlsh tells that a statement of a file failed. */
export async function restoreRoles(run: RestoreRun, plan: RolePlan): Promise<RestoredRoles> {
  if (plan.statements.length > 0) {
    await runSecretStatements(run.access.tools, speakerOf(run).pod, plan.statements, run.signal);
  }
  const there = await readCurrentRoles(run);
  const lost = plan.created.filter((role) => !there.roles.has(role));
  if (lost.length > 0) throw unproven(`Roles were not made: ${lost.join(', ')}`);
  const missing = missingGrants(plan.grants, there.grants).map((grant) => ({
    statement: grant.statement,
    why: whyNotGranted(grant, there),
  }));
  const needed = missing.filter(({ why }) => why === undefined);
  if (needed.length > 0) throw unproven(`Rights were not granted: ${listed(needed)}`);
  run.context.log.info('Restored roles', {
    created: plan.created.length,
    kept: plan.kept.length,
    grants: plan.grants.length - missing.length,
  });
  return { ...plan, notGranted: missing };
}

/** Pure. */
function whyNotGranted(grant: RoleGrant, there: CurrentRoles): MissingGrant['why'] {
  if (grant.permission !== undefined && !there.takesPermissions) return 'noPermissions';
  if (!there.roles.has(grant.role) || !isResourceThere(grant.resource, there)) return 'notThere';
  return hasItsMember(grant, there.grants) ? 'isCircular' : undefined;
}

/** A message names so many at most. */
const mostNamed = 10;

function listed(grants: readonly MissingGrant[]): string {
  const names = grants.slice(0, mostNamed).map(({ statement }) => statement);
  return `${names.join('; ')}${grants.length > mostNamed ? ` and ${grants.length - mostNamed} more` : ''}`;
}

function unproven(message: string): CainError {
  return new CainError('CAIN_RESTORE_UNPROVEN', message, {
    hint: "The tables are restored. The login needs CREATE and AUTHORIZE on all roles and resources, or a superuser; Cassandra's log says more. Run the restore again under the same id; or, to end it without the roles, under the same id without CAIN_RESTORE_ROLES.",
  });
}

/** Pure. For the report. */
export function describeRoles({
  created,
  kept,
  skipped,
  lockedOut,
  notGranted,
}: RestoredRoles): readonly string[] {
  return [
    `Roles: ${created.length} made${kept.length > 0 ? `; as they were, since they were there: ${kept.join(', ')}` : ''}`,
    ...(skipped.length > 0 ? [`Permissions to grant by hand: ${skipped.join(', ')}`] : []),
    ...(lockedOut.length > 0
      ? [
          `Made without LOGIN, since the cluster has none of the data centres that they might log in to: ${lockedOut.join(', ')}`,
        ]
      : []),
    ...(['noPermissions', 'notThere', 'isCircular'] as const).flatMap((reason) => {
      const grants = notGranted.filter(({ why }) => why === reason);
      return grants.length === 0
        ? []
        : [`Not granted, since ${reasons[reason]}:`, ...grants.map(({ statement }) => `  ${statement}`)];
    }),
    'Not in any backup: CIDR groups and permissions (Cassandra 5.0).',
  ];
}
