import { bool, choice } from '../kinds.ts';
import { renames } from '../renames.ts';
import { copiesByDataCenter } from '../replication-kind.ts';
import { setting } from '../setting.ts';
import { exactTag, kubernetesName, restoreConfirmation, runId } from '../specific-kinds.ts';

const usedBy = ['restore'] as const;

export const restore = {
  renames: setting(renames, {
    env: 'CAIN_RENAME',
    unset: 'everything keeps its name',
    usedBy,
    help: 'New names, keyspaces as old=new and tables as old.table=new.table; only what is named is restored, beside what is there',
  }),
  node: setting(kubernetesName, {
    env: 'CAIN_NODE',
    unset: 'all nodes',
    usedBy,
    help: 'The only pod that gets its files back, beside what it holds: one that lost its disk',
  }),
  restoreReplication: setting(copiesByDataCenter, {
    env: 'CAIN_RESTORE_REPLICATION',
    unset: 'as they were',
    usedBy,
    help: 'How keyspaces that a restore creates are replicated: copies by data centre',
  }),
  restoreConfirm: setting(restoreConfirmation, {
    env: 'CAIN_RESTORE_CONFIRM',
    usedBy,
    help: 'The cluster and tag, in so many words, if tables that are not empty are to be truncated',
  }),
  restoreMode: setting(choice('replace', 'merge'), {
    env: 'CAIN_RESTORE_MODE',
    default: 'replace',
    usedBy,
    help: 'Whether tables are emptied before, or keep what they hold: newer rows win over the backup',
  }),
  restoreStale: setting(exactTag, {
    env: 'CAIN_RESTORE_STALE',
    usedBy,
    help: 'The tag of a backup older than gc_grace_seconds that may go beside newer rows all the same: deleted rows may come back',
  }),
  sameRing: setting(bool, {
    env: 'CAIN_RESTORE_SAME_RING',
    default: 'false',
    usedBy,
    help: 'Says of a backup of the original Cain, which recorded no tokens, that pods of the same name have the tokens of then',
  }),
  restoreRoles: setting(bool, {
    env: 'CAIN_RESTORE_ROLES',
    default: 'false',
    usedBy,
    help: 'Make the roles, memberships and permissions of the backup too; roles that are there keep their password',
  }),
  backupFirst: setting(bool, {
    env: 'CAIN_BACKUP_FIRST',
    default: 'false',
    usedBy,
    help: 'Back up the keyspaces that hold tables which are not empty, into CAIN_DST as plan before-restore, before anything of them goes',
  }),
  restoreId: setting(runId, {
    env: 'CAIN_RESTORE_ID',
    unset: 'CAIN_HOLDER',
    usedBy,
    help: 'The id under which a restore that was cut short is resumed',
  }),
  restoreUndo: setting(choice('keep', 'clear'), {
    env: 'CAIN_RESTORE_UNDO',
    default: 'keep',
    usedBy,
    help: 'Whether the snapshots from which a restore can be undone stay or go at its end',
  }),
  drill: setting(bool, {
    env: 'CAIN_DRILL',
    default: 'false',
    usedBy,
    help: 'Restore into scratch keyspaces of the same cluster, read every row, and drop them again: proves that the backup is good',
  }),
  undo: setting(bool, {
    env: 'CAIN_UNDO',
    default: 'false',
    usedBy,
    help: 'Go back to what the tables held before the restore named by CAIN_RESTORE_ID (or the only one): from the snapshots that it left',
  }),
  restoreClean: setting(bool, {
    env: 'CAIN_RESTORE_CLEAN',
    flag: 'clean',
    default: 'false',
    usedBy,
    help: 'Only remove what earlier restores left: staging, journals and undo snapshots',
  }),
};
