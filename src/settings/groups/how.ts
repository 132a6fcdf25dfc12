import { duration } from '../durations.ts';
import { choice, integer, percent, text } from '../kinds.ts';
import { setting } from '../setting.ts';
import { size } from '../sizes.ts';
import { parallelism, runId } from '../specific-kinds.ts';
import { clusterCommands, lockingCommands, storeCommands, transferCommands } from './commands-of.ts';

export const how = {
  parallel: setting(parallelism, {
    env: 'CAIN_PARALLEL',
    short: 'p',
    default: '4',
    usedBy: [...transferCommands, 'verify'],
    help: 'How many files of a node are in flight at once',
  }),
  transfer: setting(choice('auto', 'direct', 'exec'), {
    env: 'CAIN_TRANSFER',
    default: 'auto',
    usedBy: transferCommands,
    help: 'How bytes travel: direct = the pods send them to the store themselves, exec = through the API server and Cain, auto = direct where a trial from the pod works',
  }),
  bandwidthLimitBytes: setting(size(), {
    env: 'CAIN_BANDWIDTH_LIMIT',
    default: '0',
    usedBy: transferCommands,
    help: 'How many bytes a second each node may send or fetch; 0 = no limit',
  }),
  memoryBytes: setting(size({ min: '16MiB' }), {
    env: 'CAIN_MEMORY',
    unset: '64MiB, or one part where CAIN_S3_PART_SIZE is more',
    usedBy: transferCommands,
    help: 'How much memory all part buffers of a run may take together',
  }),
  partSizeBytes: setting(size({ min: '5MiB', max: '5GiB' }), {
    env: 'CAIN_S3_PART_SIZE',
    short: { backup: 's' },
    default: '8388608',
    usedBy: transferCommands,
    help: 'The smallest part of a multipart upload; large files take larger ones',
  }),
  maxUploadParts: setting(integer(1, 10_000), {
    env: 'CAIN_S3_MAX_UPLOAD_PARTS',
    short: { backup: 'm' },
    default: '10000',
    usedBy: transferCommands,
    help: 'How many parts an upload may have',
  }),
  retries: setting(integer(0, 100), {
    env: 'CAIN_RETRIES',
    default: '5',
    usedBy: storeCommands,
    help: 'How often a failed part or request is tried again',
  }),
  stallTimeoutMs: setting(duration('1s'), {
    env: 'CAIN_STALL_TIMEOUT',
    default: '20s',
    usedBy: clusterCommands,
    help: 'How long an exec stream may be silent',
  }),
  toolTimeoutMs: setting(duration('1s'), {
    env: 'CAIN_TOOL_TIMEOUT',
    default: '30m',
    usedBy: clusterCommands,
    help: 'How long one call of nodetool or cqlsh may take',
  }),
  storeTimeoutMs: setting(duration('1s'), {
    env: 'CAIN_STORE_TIMEOUT',
    default: '60s',
    usedBy: storeCommands,
    help: 'How long an S3 request may be silent',
  }),
  minFree: setting(percent, {
    env: 'CAIN_MIN_FREE',
    default: '10',
    usedBy: transferCommands,
    help: 'The share of a data volume that must stay free, in percent; below it the run ends and clears its snapshot',
  }),
  minFreeMemoryBytes: setting(size(), {
    env: 'CAIN_MIN_FREE_MEMORY',
    default: '160MiB',
    usedBy: transferCommands,
    help: "What must be left under the memory limit of each Cassandra container, in which Cain's tools run (a JVM takes about 100 MiB)",
  }),
  coverage: setting(choice('whole', 'quorum', 'single'), {
    env: 'CAIN_COVERAGE',
    default: 'whole',
    usedBy: ['backup', 'preflight'],
    help: 'What a backup must hold to be committed: every replica, a quorum, or one replica of every token range',
  }),
  adopt: setting(text('id'), {
    env: 'CAIN_ADOPT',
    usedBy: ['backup', 'prune', 'preflight'],
    help: "The id in the prefix's owner record: says that this cluster is that one, rebuilt",
  }),
  lockWaitMs: setting(duration(), {
    env: 'CAIN_LOCK_WAIT',
    default: '1h',
    usedBy: lockingCommands,
    help: 'How long to wait for another run on the same cluster to end',
  }),
  lockDurationMs: setting(duration('5s'), {
    env: 'CAIN_LOCK_DURATION',
    default: '60s',
    usedBy: lockingCommands,
    help: 'How long the Lease may go without renewal before another run takes it',
  }),
  holder: setting(runId, {
    env: 'CAIN_HOLDER',
    unset: 'a random id',
    usedBy: lockingCommands,
    help: "Who holds the Lease: the Job's UID, so that its next pod takes over",
  }),
};
