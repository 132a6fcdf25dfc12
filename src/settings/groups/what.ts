import { duration } from '../durations.ts';
import { bool } from '../kinds.ts';
import { setting } from '../setting.ts';
import { keyspacePatterns, schemaSum, tablePatterns, tagOrLatest } from '../specific-kinds.ts';

export const what = {
  keyspaces: setting(keyspacePatterns, {
    env: 'CAIN_KEYSPACE',
    short: 'k',
    unset: 'all but the system keyspaces',
    usedBy: ['backup', 'restore', 'list', 'schema', 'preflight'],
    help: 'The keyspaces that are taken, separated by commas; * and ? stand for any letters, a leading ! leaves out',
  }),
  tables: setting(tablePatterns, {
    env: 'CAIN_TABLE',
    unset: 'all tables of the keyspaces',
    usedBy: ['restore'],
    help: 'The tables that are restored, with their keyspace, separated by commas; patterns as for keyspaces',
  }),
  tag: setting(tagOrLatest, {
    env: 'CAIN_TAG',
    short: 't',
    default: 'latest',
    usedBy: ['restore'],
    help: 'The backup that is restored: its tag, or latest for the newest of the plan',
  }),
  schemaSum: setting(schemaSum, {
    env: 'CAIN_SCHEMA',
    short: { restore: 's' },
    unset: 'the sum that the backup names',
    usedBy: ['restore'],
    help: "The schema sum under which a backup of the original's lies, if its tag has several",
  }),
  full: setting(bool, {
    env: 'CAIN_FULL',
    default: 'false',
    usedBy: ['backup'],
    help: 'Upload every file anew instead of reusing unchanged ones of earlier backups',
  }),
  reuseMaxAgeMs: setting(duration(), {
    env: 'CAIN_REUSE_MAX_AGE',
    unset: 'no limit',
    usedBy: ['backup'],
    help: 'Store anew what has lain in the bucket for longer than this',
  }),
  roles: setting(bool, {
    env: 'CAIN_ROLES',
    default: 'true',
    usedBy: ['backup'],
    help: 'Save roles and permissions too, when the login may read them',
  }),
};
