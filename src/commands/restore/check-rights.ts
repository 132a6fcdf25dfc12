import { quoteIdentifier } from '../../cassandra/cql.ts';
import { hasTableRight, type OwnRights, readOwnRights } from '../../cassandra/own-rights.ts';
import { CainError, messageOf } from '../../errors.ts';
import type { RestoreGroup } from './restore-plan.ts';
import { type RestoreRun, speakerOf } from './restore-run.ts';

/**
 * Before the first truncate: a right that is missing on the last table would be found when the others are restored. What
 * can't be told (the login comes from the container, other authorizers) is no reason to refuse. What a restore makes
 * belongs to the role that makes it.
 */
export async function checkRights(run: RestoreRun, groups: readonly RestoreGroup[]): Promise<void> {
  const { cassandraUsername: role, cassandraPassword: password, restoreMode } = run.context.settings;
  if (role === undefined || password === undefined) return;
  let rights: OwnRights;
  try {
    rights = await readOwnRights(run.access.tools, speakerOf(run).pod, role, run.signal);
  } catch (error) {
    run.signal.throwIfAborted();
    run.context.log.debug('The rights of the login can not be told', { error: messageOf(error) });
    return;
  }
  const missing = missingRights(rights, groups, restoreMode === 'merge');
  if (missing.length === 0) return;
  const list = missing.map((grant) => `\n  - ${grant}`).join('');
  throw new CainError('CAIN_PREFLIGHT', `The login ${role} lacks rights that the restore needs:${list}`, {
    hint: 'Nothing was changed. Grant these (or the same on the keyspace or all keyspaces), then restore.',
  });
}

/** Pure. As `MODIFY ON TABLE shop.users`. TRUNCATE needs MODIFY; views are dropped and made with ALTER on their table. */
export function missingRights(
  rights: OwnRights,
  groups: readonly RestoreGroup[],
  isMerge: boolean,
): readonly string[] {
  // A role that may do nothing at all would not have come so far: this authorizer tells otherwise.
  if (rights.granted.size === 0) return [];
  const right = isMerge ? 'ALTER' : 'MODIFY';
  return groups
    .filter(({ rebuiltViews }) => !isMerge || (rebuiltViews ?? []).length > 0)
    .map(({ tables: [base] }) => base)
    .filter((base) => !base.isCreated && !hasTableRight(rights, right, base))
    .map(({ keyspace, table }) => `${right} ON TABLE ${quoteIdentifier(keyspace)}.${quoteIdentifier(table)}`);
}
