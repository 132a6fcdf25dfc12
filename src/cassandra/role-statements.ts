import { readRecord } from '../record.ts';
import { quoteIdentifier, quoteString } from './cql.ts';

/** A row of system_auth in a backup. */
export interface RoleRow {
  readonly table: string;
  readonly row: unknown;
}

export interface RolePlan {
  /** In the order in which each finds what it needs. They hold hashes of passwords: secrets. */
  readonly statements: readonly string[];
  readonly created: readonly string[];
  /** Roles that are there already keep their password and options. */
  readonly kept: readonly string[];
  /** Permissions that can't be said in CQL from what the backup holds. */
  readonly skipped: readonly string[];
}

/** Pure. What makes the roles, memberships and permissions of a backup again. */
export function planRoles(rows: readonly RoleRow[], existing: ReadonlySet<string>): RolePlan {
  const ofTable = (wanted: string) =>
    rows.filter(({ table }) => table === wanted).map(({ row }) => readRecord(row, `system_auth.${wanted}`));
  const roles = rows
    .filter(({ table }) => table === 'roles')
    .map(({ row }) => ({
      name: readRecord(row, 'system_auth.roles').string('role'),
      statement: creationOf(row),
    }));
  const members = ofTable('role_members').map(
    (row) => `GRANT ${quoteIdentifier(row.string('role'))} TO ${quoteIdentifier(row.string('member'))}`,
  );
  const permissions = ofTable('role_permissions').map((row) => ({
    role: row.string('role'),
    resource: row.string('resource'),
    permissions: row.strings('permissions'),
  }));
  const grants = permissions.flatMap(({ role, resource, permissions: all }) => {
    const name = resourceName(resource);
    return name === undefined
      ? []
      : all.map((each) => `GRANT ${each} ON ${name} TO ${quoteIdentifier(role)}`);
  });
  const missing = roles.filter(({ name }) => !existing.has(name));
  return {
    statements: [...missing.map(({ statement }) => statement), ...members, ...grants],
    created: missing.map(({ name }) => name),
    kept: roles.filter(({ name }) => existing.has(name)).map(({ name }) => name),
    skipped: permissions
      .filter(({ resource }) => resourceName(resource) === undefined)
      .map(({ role, resource }) => `${role} on ${resource}`),
  };
}

function creationOf(row: unknown): string {
  const {
    role,
    salted_hash: hash,
    can_login: canLogin,
    is_superuser: isSuperuser,
  } = row as Record<string, unknown>;
  const options = [
    ...(typeof hash === 'string' && hash !== '' ? [`HASHED PASSWORD = ${quoteString(hash)}`] : []),
    `LOGIN = ${canLogin === true}`,
    `SUPERUSER = ${isSuperuser === true}`,
  ];
  return `CREATE ROLE IF NOT EXISTS ${quoteIdentifier(String(role))} WITH ${options.join(' AND ')}`;
}

/** `data/shop/users` as CQL names it; undefined = a function, whose arguments are told as Java classes, or unknown. */
export function resourceName(resource: string): string | undefined {
  const [root, first, second, ...rest] = resource.split('/');
  if (rest.length > 0) return undefined;
  if (root === 'data') {
    if (first === undefined) return 'ALL KEYSPACES';
    if (second === undefined) return `KEYSPACE ${quoteIdentifier(first)}`;
    if (second === '*') return `ALL TABLES IN KEYSPACE ${quoteIdentifier(first)}`;
    return `TABLE ${quoteIdentifier(first)}.${quoteIdentifier(second)}`;
  }
  if (root === 'roles') return first === undefined ? 'ALL ROLES' : `ROLE ${quoteIdentifier(first)}`;
  if (root === 'functions' && second === undefined) {
    return first === undefined ? 'ALL FUNCTIONS' : `ALL FUNCTIONS IN KEYSPACE ${quoteIdentifier(first)}`;
  }
  if (root === 'mbean') return first === undefined ? 'ALL MBEANS' : undefined;
  return undefined;
}
