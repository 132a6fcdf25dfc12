import type { CommandName } from '../../command-names.ts';

/** Sets of commands that share settings. */
export const everyCommand: readonly CommandName[] = [
  'backup',
  'restore',
  'prune',
  'list',
  'verify',
  'schema',
  'preflight',
];

/** Those that talk to Cassandra's pods. */
export const clusterCommands: readonly CommandName[] = [
  'backup',
  'restore',
  'prune',
  'list',
  'verify',
  'schema',
  'preflight',
];

/** Those that open the bucket. */
export const storeCommands: readonly CommandName[] = [
  'backup',
  'restore',
  'prune',
  'list',
  'verify',
  'preflight',
];

/** Those that move bytes between nodes and bucket, and the one that checks that they could. */
export const transferCommands: readonly CommandName[] = ['backup', 'restore', 'preflight'];

/** Those that take the Lease. */
export const lockingCommands: readonly CommandName[] = ['backup', 'restore', 'prune'];

/** Those that push metrics. */
export const measuredCommands: readonly CommandName[] = ['backup', 'restore', 'prune', 'verify'];

/** Those that apply or show retention. */
export const retentionCommands: readonly CommandName[] = ['backup', 'prune'];
