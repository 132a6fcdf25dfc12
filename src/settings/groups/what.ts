import { duration } from '../durations.ts';
import { bool } from '../kinds.ts';
import { sample } from '../sample.ts';
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
    unset: 'latest for restore, all backups of the plan for verify',
    usedBy: ['restore', 'verify'],
    help: 'The backup that is restored or verified: its tag, or latest for the newest of the plan',
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
    usedBy: ['backup', 'verify'],
    help: 'Backup: upload every file anew instead of reusing unchanged ones. Verify: read every byte',
  }),
  quick: setting(bool, {
    env: 'CAIN_QUICK',
    unset: 'true without CAIN_FULL',
    usedBy: ['verify'],
    help: 'Go by listings and by the checksums that the store keeps, and read nothing that looks right',
  }),
  sample: setting(sample, {
    env: 'CAIN_SAMPLE',
    unset: 'all objects',
    usedBy: ['verify'],
    help: 'The objects that are read or looked up one by one: a share, another one every day, or one part of several such as 3/20; the listing shows all',
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
