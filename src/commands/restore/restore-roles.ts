import { parseJsonRows } from '../../cassandra/cqlsh-output.ts';
import { sectionOf } from '../../cassandra/pod-tools.ts';
import { readRing } from '../../cassandra/ring.ts';
import {
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
import { type RestoreRun, speakerOf } from './restore-run.ts';

const rolesSelects = [
  'role FROM system_auth.roles',
  'role, member FROM system_auth.role_members',
  'role, resource, permissions FROM system_auth.role_permissions',
  'keyspace_name FROM system_schema.keyspaces',
  'keyspace_name, table_name FROM system_schema.tables',
];

const rolesBody = `
section roles
cqlsh_ "${rolesSelects.map((select) => `SELECT JSON ${select};`).join(' ')}"
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
  const { nodes } = await readRing(run.access.tools, speakerOf(run).pod, run.signal);
  const dataCenters = new Set(nodes.map(({ dataCenter }) => dataCenter));
  return planRoles(rows, { roles: (await readRoles(run)).roles, dataCenters });
}

/** What was done with the roles. */
export interface RestoredRoles extends RolePlan {
  /** Grants of what is not there, such as tables that were not restored. */
  readonly notGranted: readonly string[];
}

/** Makes them, and reads them back: not every cqlsh tells that a statement of a file failed. */
export async function restoreRoles(run: RestoreRun, plan: RolePlan): Promise<RestoredRoles> {
  if (plan.statements.length > 0) {
    await runSecretStatements(run.access.tools, speakerOf(run).pod, plan.statements, run.signal);
  }
  const there = await readRoles(run);
  const lost = plan.created.filter((role) => !there.roles.has(role));
  if (lost.length > 0) throw unproven(`Roles were not made: ${lost.join(', ')}`);
  const missing = missingGrants(plan.grants, there.grants);
  const needed = missing.filter(
    ({ role, resource }) => there.roles.has(role) && isResourceThere(resource, there),
  );
  if (needed.length > 0) throw unproven(`Rights were not granted: ${listed(needed)}`);
  run.context.log.info('Restored roles', {
    created: plan.created.length,
    kept: plan.kept.length,
    grants: plan.grants.length - missing.length,
  });
  return { ...plan, notGranted: missing.map(({ statement }) => statement) };
}

/** A message names so many at most. */
const mostNamed = 10;

function listed(grants: readonly RoleGrant[]): string {
  const names = grants.slice(0, mostNamed).map(({ statement }) => statement);
  return `${names.join('; ')}${grants.length > mostNamed ? ` and ${grants.length - mostNamed} more` : ''}`;
}

function unproven(message: string): CainError {
  return new CainError('CAIN_RESTORE_UNPROVEN', message, {
    hint: "The tables are restored. The login needs CREATE and AUTHORIZE on all roles and resources, or a superuser; Cassandra's log says more. Run the restore again under the same id.",
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
    ...(notGranted.length > 0
      ? ['Not granted, since it is not there:', ...notGranted.map((statement) => `  ${statement}`)]
      : []),
    'Not in any backup: CIDR groups and permissions (Cassandra 5.0).',
  ];
}

interface CurrentRoles {
  readonly roles: ReadonlySet<string>;
  /** Rows of role_members and role_permissions. */
  readonly grants: readonly RoleRow[];
  readonly keyspaces: ReadonlySet<string>;
  /** `keyspace.table` */
  readonly tables: ReadonlySet<string>;
}

/** Pure. Whether what a right is about is there; Cassandra grants nothing on what is not. */
export function isResourceThere(
  resource: string,
  { roles, keyspaces, tables }: Pick<CurrentRoles, 'roles' | 'keyspaces' | 'tables'>,
): boolean {
  const [root, first, second] = resource.split('/');
  if (first === undefined) return true;
  if (root === 'roles') return roles.has(first);
  if (root === 'data' && second !== undefined && second !== '*') return tables.has(`${first}.${second}`);
  return root === 'data' || root === 'functions' ? keyspaces.has(first) : true;
}

async function readRoles(run: RestoreRun): Promise<CurrentRoles> {
  const call = { purpose: 'Reading the roles', body: rolesBody, signal: run.signal };
  const sections = await run.access.tools.run(speakerOf(run).pod, call);
  const [roles = [], members = [], permissions = [], keyspaces = [], tables = []] = parseJsonRows(
    sectionOf(sections, 'roles'),
    rolesSelects.length,
  );
  const named = (rows: readonly unknown[], name: string) =>
    rows.map((row) => readRecord(row, 'system_auth and system_schema').string(name));
  const keyspacesOfTables = named(tables, 'keyspace_name');
  return {
    roles: new Set(named(roles, 'role')),
    grants: [
      ...members.map((row) => ({ table: 'role_members', row })),
      ...permissions.map((row) => ({ table: 'role_permissions', row })),
    ],
    keyspaces: new Set(named(keyspaces, 'keyspace_name')),
    tables: new Set(
      named(tables, 'table_name').map((table, index) => `${keyspacesOfTables[index]}.${table}`),
    ),
  };
}
