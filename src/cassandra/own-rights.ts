import type { CassandraPod } from '../kubernetes/pods.ts';
import { quoteIdentifier } from './cql.ts';
import { type PodTools, sectionOf } from './pod-tools.ts';

/** What a role may do, with all roles that were granted to it. */
export interface OwnRights {
  readonly isSuperuser: boolean;
  /** As `MODIFY <table shop.users>`, in Cassandra's words. */
  readonly granted: ReadonlySet<string>;
}

const rightsBody = `
section rights
cqlsh_ "$1"
`;

/** Every role may list what is its own. Rejects where Cassandra has no such rights (AllowAllAuthorizer). */
export async function readOwnRights(
  tools: PodTools,
  pod: CassandraPod,
  role: string,
  signal: AbortSignal,
): Promise<OwnRights> {
  const name = quoteIdentifier(role);
  const args = [`LIST ROLES OF ${name}; LIST ALL PERMISSIONS OF ${name};`];
  const sections = await tools.run(pod, {
    purpose: 'Listing its own rights',
    body: rightsBody,
    args,
    signal,
  });
  return parseOwnRights(sectionOf(sections, 'rights'));
}

/** Pure. The tables of cqlsh: `role | super | login | …`, then `role | username | resource | permission`. */
export function parseOwnRights(stdout: string): OwnRights {
  const rows = stdout.split('\n').map((line) => line.split(' | ').map((cell) => cell.trim()));
  const permissions = rows.filter((cells) => cells.length === 4 && /^<.*>$/.test(cells[2] ?? ''));
  return {
    isSuperuser: rows.some((cells) => cells.length === 5 && cells[1] === 'True'),
    granted: new Set(permissions.map(([, , resource, permission]) => `${permission} ${resource}`)),
  };
}

/** Pure. On the table itself, or on what it lies in. */
export function hasTableRight(
  { isSuperuser, granted }: OwnRights,
  right: string,
  { keyspace, table }: { readonly keyspace: string; readonly table: string },
): boolean {
  const resources = [
    `<table ${keyspace}.${table}>`,
    `<all tables in ${keyspace}>`,
    `<keyspace ${keyspace}>`,
    '<all keyspaces>',
  ];
  return isSuperuser || resources.some((resource) => granted.has(`${right} ${resource}`));
}
