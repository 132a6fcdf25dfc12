import { parseJsonRows } from '../../cassandra/cqlsh-output.ts';
import { sectionOf } from '../../cassandra/pod-tools.ts';
import { messageOf } from '../../errors.ts';
import { writeJsonLines } from '../../store/json-lines.ts';
import { rolesKey } from '../../store/layout.ts';
import type { RecordReference } from '../../store/manifest.ts';
import type { BackupRun } from './backup-run.ts';

/** Without CIDR permissions, which only Cassandra 5.0 has: an older one would refuse them all. */
const rolesTables = ['roles', 'role_members', 'role_permissions', 'network_permissions'] as const;

const rolesBody = `
section roles
cqlsh_ "${rolesTables.map((table) => `SELECT JSON * FROM system_auth.${table};`).join(' ')}"
`;

/** Roles with their salted hashes, memberships, permissions and data centres, when the login may read them; undefined = it may not. */
export async function putRoles({
  access,
  survey,
  store,
  tag,
  signal,
  context,
}: BackupRun): Promise<RecordReference | undefined> {
  const [first] = survey.nodes;
  if (!first || !context.settings.roles) return undefined;
  let rows: ReadonlyArray<readonly unknown[]>;
  try {
    const sections = await access.tools.run(first.pod, {
      purpose: 'Reading the roles',
      body: rolesBody,
      signal,
    });
    rows = parseJsonRows(sectionOf(sections, 'roles'), rolesTables.length);
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
