import { readFileSync } from 'node:fs';
import { CainError } from '../errors.ts';
import { oldestRunMs } from '../retention/oldest-run.ts';
import type { Settings } from '../settings/table.ts';
import { clusterNameFault } from '../store/cluster-name.ts';
import { clusterPrefix } from '../store/layout.ts';
import type { LockPolicy } from '../store/object-lock.ts';
import { openS3Store } from '../store/s3-store.ts';
import type { Store } from '../store/store.ts';
import type { CommandContext } from './context.ts';

/** The store at `<dst>/<namespace>/<cluster name>/`. */
export function openClusterStore(context: CommandContext, clusterName: string): Store {
  const { settings } = context;
  if (!settings.dst) {
    throw new CainError('CAIN_SETTINGS', 'CAIN_DST is not set', { hint: 'Set it to s3://bucket/prefix.' });
  }
  const fault = clusterNameFault(clusterName);
  if (fault) {
    throw new CainError(
      'CAIN_PREFLIGHT',
      `The cluster's name ${JSON.stringify(clusterName)} can't be part of a key: ${fault}`,
      {
        hint: 'Its backups would have no place of their own in the bucket. Give the cluster another name (cluster_name in cassandra.yaml and system.local).',
      },
    );
  }
  const prefix = `${settings.dst.prefix ? `${settings.dst.prefix}/` : ''}${clusterPrefix(settings.namespace, clusterName)}`;
  return openStore(context, settings.dst.bucket, prefix);
}

/** The store that CAIN_SRC names in full, `s3://bucket/prefix/<namespace>/<cluster name>`; undefined where it is not set. */
export function openSourceStore(context: CommandContext): Store | undefined {
  const { src } = context.settings;
  return src ? openStore(context, src.bucket, `${src.prefix}/`) : undefined;
}

function openStore({ settings, log }: CommandContext, bucket: string, prefix: string): Store {
  return openS3Store({ bucket, prefix, ...storeSettings(settings), log });
}

/** Of what comes before a run takes the Lease; the preflight of a thousand nodes takes minutes. */
const preflightMs = 3600_000;

function lockPolicy({ s3LockMode, s3LockForMs, lockWaitMs, pruneGraceMs }: Settings): LockPolicy | undefined {
  if (!s3LockMode || !s3LockForMs) return undefined;
  const longestRunMs = preflightMs + lockWaitMs + oldestRunMs(pruneGraceMs);
  return { mode: s3LockMode, forMs: s3LockForMs, longestRunMs };
}

/** One connection a part in flight, and some for records and listings beside them. */
const socketsBesideParts = 16;

function storeSettings(settings: Settings) {
  const partsInFlight = Math.ceil(settings.memoryBytes / settings.partSizeBytes);
  return {
    endpoint: settings.s3Endpoint,
    podEndpoint: settings.s3PodEndpoint,
    region: settings.s3Region,
    forcePathStyle: settings.s3ForcePathStyle,
    noSsl: settings.s3NoSsl,
    caFile: settings.s3CaFile === undefined ? undefined : readFileSync(settings.s3CaFile, 'utf8'),
    unsignedPayload: settings.s3UnsignedPayload,
    storageClass: settings.s3StorageClass,
    sse: settings.s3Sse,
    sseKmsKeyId: settings.s3SseKmsKeyId,
    sseCustomerKey: settings.s3SseCustomerKey,
    tags: settings.s3Tags,
    lock: lockPolicy(settings),
    timeoutMs: settings.storeTimeoutMs,
    maxSockets: partsInFlight + socketsBesideParts,
    retries: settings.retries,
  };
}
