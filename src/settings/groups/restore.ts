import { bool, choice } from '../kinds.ts';
import { setting } from '../setting.ts';
import { restoreConfirmation, runId } from '../specific-kinds.ts';

const usedBy = ['restore'] as const;

export const restore = {
  restoreConfirm: setting(restoreConfirmation, {
    env: 'CAIN_RESTORE_CONFIRM',
    usedBy,
    help: 'The cluster and tag, in so many words, if tables that are not empty are to be truncated',
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
  restoreClean: setting(bool, {
    env: 'CAIN_RESTORE_CLEAN',
    flag: 'clean',
    default: 'false',
    usedBy,
    help: 'Only remove what earlier restores left: staging, journals and undo snapshots',
  }),
};
