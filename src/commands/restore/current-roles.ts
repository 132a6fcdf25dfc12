import { parseJsonRows } from '../../cassandra/cqlsh-output.ts';
import { sectionOf } from '../../cassandra/pod-tools.ts';
import type { RoleRow } from '../../cassandra/role-statements.ts';
import { readRecord } from '../../record.ts';
import { type RestoreRun, speakerOf } from './restore-run.ts';

const rolesSelects = [
  'role FROM system_auth.roles',
  'role, member FROM system_auth.role_members',
  'role, resource, permissions FROM system_auth.role_permissions',
  'keyspace_name FROM system_schema.keyspaces',
  'keyspace_name, table_name FROM system_schema.tables',
  'name, value FROM system_views.settings',
];

const rolesBody = `
section roles
cqlsh_ "CONSISTENCY QUORUM; ${rolesSelects.map((select) => `SELECT JSON ${select};`).join(' ')}"
`;

/** What a cluster has of roles, and of what rights are about. */
export interface CurrentRoles {
  readonly roles: ReadonlySet<string>;
  /** Rows of role_members and role_permissions. */
  readonly grants: readonly RoleRow[];
  readonly keyspaces: ReadonlySet<string>;
  /** `keyspace.table` */
  readonly tables: ReadonlySet<string>;
  readonly takesPermissions: boolean;
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

export async function readCurrentRoles(run: RestoreRun): Promise<CurrentRoles> {
  const call = { purpose: 'Reading the roles', body: rolesBody, signal: run.signal };
  const sections = await run.access.tools.run(speakerOf(run).pod, call);
  const [roles = [], members = [], permissions = [], keyspaces = [], tables = [], settings = []] =
    parseJsonRows(sectionOf(sections, 'roles'), rolesSelects.length);
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
    takesPermissions: takesPermissions(settings),
  };
}

/** Its class, with or without package. 5.0 has the second name beside the first, which 4.1 alone knows. */
const authorizerSettings: readonly unknown[] = ['authorizer', 'authorizer.class_name'];

/** Pure. Whether permissions can be granted, by the rows of system_views.settings. A setting that is not set is null: the default, which takes none. */
export function takesPermissions(settings: readonly unknown[]): boolean {
  const authorizers = settings
    .map((row) => row as { readonly name?: unknown; readonly value?: unknown })
    .filter(({ name }) => authorizerSettings.includes(name));
  const isOpen = ({ value }: { readonly value?: unknown }) =>
    value === null || String(value).endsWith('AllowAllAuthorizer');
  return authorizers.length === 0 || !authorizers.every(isOpen);
}
