import { type RecordReader, readRecord } from '../record.ts';
import { quoteIdentifier, quoteString } from './cql.ts';
import { type Membership, memberships } from './memberships.ts';

/** A row of system_auth in a backup. */
export interface RoleRow {
  readonly table: string;
  readonly row: unknown;
}

/** A membership or a permission. */
export interface RoleGrant {
  /** Who gets it. */
  readonly role: string;
  /** `roles/readers` for a membership in readers, `data/shop/users`, … */
  readonly resource: string;
  /** The role that is granted; undefined = a permission is. */
  readonly membershipIn?: string;
  /** undefined = membership. */
  readonly permission?: string;
  readonly statement: string;
}

export interface RolePlan {
  /** In the order in which each finds what it needs. They hold hashes of passwords: secrets. */
  readonly statements: readonly string[];
  /** What is to be granted; permissions also where Cassandra takes none. */
  readonly grants: readonly RoleGrant[];
  readonly created: readonly string[];
  /** Roles that are there already keep their password and options. */
  readonly kept: readonly string[];
  /** Permissions that can't be said in CQL from what the backup holds. */
  readonly skipped: readonly string[];
  /** Roles that might log in from data centres alone that the cluster has not: they are made without LOGIN. */
  readonly lockedOut: readonly string[];
}

export interface RolesThere {
  /** Their names. */
  readonly roles: ReadonlySet<string>;
  readonly dataCenters: ReadonlySet<string>;
  /** False = its authorizer lets everyone do everything, and refuses to grant permissions. Memberships it takes. */
  readonly takesPermissions: boolean;
}

/** Pure. What makes the roles, memberships and permissions of a backup again. */
export function planRoles(rows: readonly RoleRow[], there: RolesThere): RolePlan {
  const limits = new Map(
    readersOf(rows, 'network_permissions').map((row) => [row.string('role'), row.strings('dcs')] as const),
  );
  const roles = rows
    .filter(({ table }) => table === 'roles')
    .map(({ row }) => ({ name: readRecord(row, 'system_auth.roles').string('role'), row }));
  const missing = roles.filter(({ name }) => !there.roles.has(name));
  const isLockedOut = (name: string): boolean =>
    limits.has(name) && !limits.get(name)?.some((center) => there.dataCenters.has(center));
  const creations = missing.map(({ name, row }) => {
    const centers = limits.get(name)?.filter((center) => there.dataCenters.has(center));
    return creationOf(row, centers);
  });
  const { grants, skipped } = grantsOf(rows);
  const taken = grants.filter(({ permission }) => permission === undefined || there.takesPermissions);
  return {
    statements: [...creations, ...taken.map(({ statement }) => statement)],
    grants,
    created: missing.map(({ name }) => name),
    kept: roles.filter(({ name }) => there.roles.has(name)).map(({ name }) => name),
    skipped,
    lockedOut: missing.filter(({ name }) => isLockedOut(name)).map(({ name }) => name),
  };
}

/**
 * Pure. The grants that these rows of role_members and role_permissions do not show. A membership may be inherited:
 * Cassandra refuses to grant a role to one that has it through another.
 */
export function missingGrants(grants: readonly RoleGrant[], there: readonly RoleRow[]): readonly RoleGrant[] {
  const held = new Set(grantsOf(there).grants.map(({ statement }) => statement));
  const isMember = memberships(pairsOf(there));
  return grants.filter(({ role, membershipIn, statement }) =>
    membershipIn === undefined ? !held.has(statement) : !isMember(role, membershipIn),
  );
}

/** Pure. Whether the role that is to be granted has the one that should get it, itself or inherited: a circle, which Cassandra refuses. */
export function hasItsMember({ role, membershipIn }: RoleGrant, there: readonly RoleRow[]): boolean {
  return membershipIn !== undefined && memberships(pairsOf(there))(membershipIn, role);
}

/** Memberships first. */
function grantsOf(rows: readonly RoleRow[]): { grants: readonly RoleGrant[]; skipped: readonly string[] } {
  const members = pairsOf(rows).map(({ role, member }): RoleGrant => {
    const statement = `GRANT ${quoteIdentifier(role)} TO ${quoteIdentifier(member)}`;
    return { role: member, resource: `roles/${role}`, membershipIn: role, statement };
  });
  const skipped: string[] = [];
  const permissions = readersOf(rows, 'role_permissions').flatMap((row): readonly RoleGrant[] => {
    const [role, resource] = [row.string('role'), row.string('resource')];
    const name = resourceName(resource);
    if (name === undefined) {
      skipped.push(`${role} on ${resource}`);
      return [];
    }
    return row.strings('permissions').map((permission) => ({
      role,
      resource,
      permission,
      statement: `GRANT ${permission} ON ${name} TO ${quoteIdentifier(role)}`,
    }));
  });
  return { grants: [...members, ...permissions], skipped };
}

function pairsOf(rows: readonly RoleRow[]): readonly Membership[] {
  return readersOf(rows, 'role_members').map((row) => ({
    role: row.string('role'),
    member: row.string('member'),
  }));
}

function readersOf(rows: readonly RoleRow[], wanted: string): readonly RecordReader[] {
  return rows
    .filter(({ table }) => table === wanted)
    .map(({ row }) => readRecord(row, `system_auth.${wanted}`));
}

/** `centers`: the data centres of the cluster that the role may log in to; undefined = all, [] = none that is there. */
function creationOf(row: unknown, centers: readonly string[] | undefined): string {
  const {
    role,
    salted_hash: hash,
    can_login: canLogin,
    is_superuser: isSuperuser,
  } = row as Record<string, unknown>;
  const options = [
    ...(typeof hash === 'string' && hash !== '' ? [`HASHED PASSWORD = ${quoteString(hash)}`] : []),
    `LOGIN = ${canLogin === true && centers?.length !== 0}`,
    `SUPERUSER = ${isSuperuser === true}`,
    ...(centers && centers.length > 0
      ? [`ACCESS TO DATACENTERS {${centers.map(quoteString).join(', ')}}`]
      : []),
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
