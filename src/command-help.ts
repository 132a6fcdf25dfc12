import type { CommandName } from './command-names.ts';

export interface CommandHelp {
  /** One line. */
  readonly about: string;
  readonly examples: ReadonlyArray<{ readonly does: string; readonly line: string }>;
}

/** What help says of each command beside its settings. */
export const commandHelp: Readonly<Record<CommandName, CommandHelp>> = {
  backup: {
    about: 'Back up keyspaces into S3, then apply retention (the default command)',
    examples: [
      {
        does: 'All keyspaces of the cluster whose pods are labelled app=cassandra',
        line: 'cain backup -n databases -l app=cassandra --dst s3://bucket/cassandra',
      },
      {
        does: 'Two keyspaces and all that begin with log_, keeping a week of nights',
        line: "cain backup --dst s3://bucket/cassandra -k 'shop,users,log_*' --keep-daily 7",
      },
      {
        does: 'A backup that stands alone: it reuses no earlier file',
        line: 'cain backup --dst s3://bucket/cassandra --full',
      },
    ],
  },
  restore: {
    about: 'Restore keyspaces or tables from a backup',
    examples: [
      {
        does: 'Show what would be done with the newest backup',
        line: "cain restore --src 's3://bucket/cassandra/databases/Test Cluster' --dry-run",
      },
      {
        does: 'One table out of one backup, truncating what it holds now',
        line: "cain restore --dst s3://bucket/cassandra --table shop.orders -t 20250131020000 --restore-confirm 'Test Cluster/20250131020000'",
      },
      {
        does: 'Go back to what the tables held before',
        line: "cain restore --dst s3://bucket/cassandra --undo --restore-id 4711 --restore-confirm 'Test Cluster/undo-4711'",
      },
      {
        does: 'Prove that the newest backup can be restored, and leave nothing',
        line: 'cain restore --dst s3://bucket/cassandra --drill',
      },
      {
        does: 'Remove what earlier restores left on the nodes',
        line: 'cain restore --dst s3://bucket/cassandra --clean',
      },
    ],
  },
  prune: {
    about: 'Delete backups that no retention rule keeps',
    examples: [
      {
        does: 'Show what would go',
        line: 'cain prune --dst s3://bucket/cassandra --keep-daily 7 --keep-weekly 4 --dry-run',
      },
      {
        does: 'Keep the newest three and all of the last two weeks',
        line: 'cain prune --dst s3://bucket/cassandra --keep-last 3 --keep-within 2w',
      },
    ],
  },
  list: {
    about: 'List the backups in the bucket',
    examples: [
      { does: 'For people', line: 'cain list --dst s3://bucket/cassandra' },
      {
        does: 'One cluster, for programs',
        line: "cain list --src 's3://bucket/cassandra/databases/Test Cluster' --output json",
      },
    ],
  },
  verify: {
    about: 'Compare backups with what lies in the bucket, and mark the damaged ones',
    examples: [
      {
        does: 'All backups of the plan: every object is there, with its size, ETag and checksum',
        line: 'cain verify --dst s3://bucket/cassandra',
      },
      {
        does: 'Every night another twentieth of all bytes, without a cluster',
        line: "cain verify --src 's3://bucket/cassandra/databases/Test Cluster' --full --sample 5%",
      },
      {
        does: 'Every byte of one backup, for programs',
        line: 'cain verify --dst s3://bucket/cassandra -t 20250131020000 --full --output json',
      },
    ],
  },
  schema: {
    about: 'Print the schema of a keyspace, or its sum',
    examples: [
      { does: 'The schema, as cqlsh describes it', line: 'cain schema -n databases -k shop' },
      { does: 'The sum under which its backups lie', line: 'cain schema -n databases -k shop --sum' },
    ],
  },
  preflight: {
    about: 'Check all that a backup needs, and change nothing',
    examples: [
      { does: 'Before the first backup', line: 'cain preflight -n databases --dst s3://bucket/cassandra' },
    ],
  },
  version: {
    about: "Print Cain's version",
    examples: [{ does: 'The version, and that of Node', line: 'cain version' }],
  },
};
