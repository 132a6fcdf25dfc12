import type { CommandName } from '../command-names.ts';

/**
 * Settings of the original's releases that Cain knows but does not have any more: they warn, so that an
 * existing CronJob goes on working.
 */
export interface FormerSetting {
  readonly env: string;
  readonly flag: string;
  readonly short: string | undefined;
  /** The environment variable of the setting that takes the value; absent = the value is dropped. */
  readonly replacedBy?: string;
  readonly isSecret?: true;
  readonly usedBy: readonly CommandName[];
  /** Completes "CAIN_… is obsolete: ". */
  readonly why: string;
}

export const formerSettings: readonly FormerSetting[] = [
  {
    env: 'CAIN_BUFFER_SIZE',
    flag: 'buffer-size',
    short: 'b',
    usedBy: ['backup', 'restore'],
    why: 'CAIN_MEMORY bounds the buffers of the whole run',
  },
  {
    env: 'CAIN_USER_GROUP',
    flag: 'user-group',
    short: undefined,
    usedBy: ['restore'],
    why: "owner and group are those of the table's directory",
  },
  {
    env: 'CAIN_USERNAME',
    flag: 'username',
    short: undefined,
    replacedBy: 'CAIN_CASSANDRA_USERNAME',
    usedBy: ['backup', 'restore', 'schema'],
    why: 'use CAIN_CASSANDRA_USERNAME',
  },
  {
    env: 'CAIN_PASSWORD',
    flag: 'password',
    short: 'w',
    replacedBy: 'CAIN_CASSANDRA_PASSWORD',
    isSecret: true,
    usedBy: ['backup', 'restore', 'schema'],
    why: 'use CAIN_CASSANDRA_PASSWORD',
  },
];
