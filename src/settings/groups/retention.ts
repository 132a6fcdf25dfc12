import { duration } from '../durations.ts';
import { bool, integer } from '../kinds.ts';
import { setting } from '../setting.ts';
import { retentionCommands } from './commands-of.ts';

const usedBy = retentionCommands;
const count = integer(1, 100_000);

export const retention = {
  keepLast: setting(count, { env: 'CAIN_KEEP_LAST', usedBy, help: 'Keep the newest so many backups' }),
  keepHourly: setting(count, {
    env: 'CAIN_KEEP_HOURLY',
    usedBy,
    help: 'Keep the newest backup of each of so many hours',
  }),
  keepDaily: setting(count, {
    env: 'CAIN_KEEP_DAILY',
    usedBy,
    help: 'Keep the newest backup of each of so many days',
  }),
  keepWeekly: setting(count, {
    env: 'CAIN_KEEP_WEEKLY',
    usedBy,
    help: 'Keep the newest backup of each of so many weeks',
  }),
  keepMonthly: setting(count, {
    env: 'CAIN_KEEP_MONTHLY',
    usedBy,
    help: 'Keep the newest backup of each of so many months',
  }),
  keepYearly: setting(count, {
    env: 'CAIN_KEEP_YEARLY',
    usedBy,
    help: 'Keep the newest backup of each of so many years',
  }),
  keepWithinMs: setting(duration(), {
    env: 'CAIN_KEEP_WITHIN',
    usedBy,
    help: 'Keep all backups that are at most this much older than the newest whole one',
  }),
  pruneGraceMs: setting(duration(), {
    env: 'CAIN_PRUNE_GRACE',
    default: '24h',
    usedBy,
    help: 'How long the objects of an expired backup stay; must be longer than any run takes',
  }),
  pruneConfirm: setting(integer(0), {
    env: 'CAIN_PRUNE_CONFIRM',
    usedBy,
    help: "The number of backups that a prune may take although it is over half of the plan's",
  }),
  dryRun: setting(bool, {
    env: 'CAIN_DRY_RUN',
    default: 'false',
    usedBy: ['restore', 'prune'],
    help: 'Print what would be done and change nothing',
  }),
};
