import { readRing } from '../../cassandra/ring.ts';
import { CainError } from '../../errors.ts';
import { connectKubernetes } from '../../kubernetes/client.ts';
import { type HeldLease, type LeaseOptions, takeLease } from '../../kubernetes/lease.ts';
import { foreignPrefixError, isForeign, readOwner } from '../../retention/owner.ts';
import type { Store } from '../../store/store.ts';
import { askCluster } from '../ask-cluster.ts';
import { openClusterStore, openSourceStore } from '../cluster-store.ts';
import type { CommandContext } from '../context.ts';
import { openClusterAccess } from '../session.ts';

/** What is pruned, proven to be the user's own, under the Lease. */
export interface PruneTarget {
  readonly store: Store;
  readonly clusterName: string;
  /** Fires too when the Lease is lost. */
  readonly signal: AbortSignal;
  confirmLease(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the prefix that CAIN_SRC names in full, or that of the cluster whose pods the settings find. `holder` takes
 * the Lease; a dry run, which changes nothing, takes none. `onName` hears the cluster's name as soon as it is known. Throws CAIN_FOREIGN_PREFIX where the prefix is another's.
 */
export async function openPruneTarget(
  context: CommandContext,
  { holder, onName }: { readonly holder: string; readonly onName: (clusterName: string) => void },
): Promise<PruneTarget> {
  const named = openSourceStore(context);
  return named ? await openNamed(context, named, holder) : await openClusters(context, holder, onName);
}

async function openClusters(
  context: CommandContext,
  holder: string,
  onName: (clusterName: string) => void,
): Promise<PruneTarget> {
  const { settings, signal } = context;
  const access = openClusterAccess(context);
  const { pod, probe } = await askCluster(access, signal);
  onName(probe.clusterName);
  const store = openClusterStore(context, probe.clusterName);
  return await closingOnError(store, async () => {
    const { nodes } = await readRing(access.tools, pod, signal);
    const owner = await readOwner(store, signal);
    const hostIds = nodes.map(({ hostId }) => hostId);
    if (owner && isForeign(owner.record, { hostIds, adopt: settings.adopt })) {
      throw foreignPrefixError(store, owner.record);
    }
    const { clusterName } = probe;
    const lease = settings.dryRun
      ? undefined
      : await takeLease(
          access.kubernetes.coordination,
          leaseOptions(context, settings.namespace, clusterName, holder),
        );
    return targetOf(context, store, clusterName, lease);
  });
}

/** No ring says here that the prefix is its own: the owner's id in CAIN_ADOPT does. */
async function openNamed(context: CommandContext, store: Store, holder: string): Promise<PruneTarget> {
  const { settings, signal } = context;
  const { namespace = '', clusterName = '' } = settings.src ?? {};
  return await closingOnError(store, async () => {
    const owner = await readOwner(store, signal);
    if (!owner) {
      throw new CainError('CAIN_NO_BACKUP', `No cluster has backups of ours at ${store.location}`, {
        hint: 'Check CAIN_SRC: <dst>/<namespace>/<cluster name>.',
      });
    }
    if (settings.adopt !== owner.record.id) {
      throw new CainError('CAIN_FOREIGN_PREFIX', `Nothing proves that ${store.location} is yours to prune`, {
        hint: `CAIN_SRC is used without asking a cluster. If the backups there are those you mean, set CAIN_ADOPT=${owner.record.id}.`,
        fields: { owner: owner.record.id },
      });
    }
    const lease = settings.dryRun
      ? undefined
      : await takeLeaseIfThereIsACluster(context, leaseOptions(context, namespace, clusterName, holder));
    return targetOf(context, store, clusterName, lease);
  });
}

async function takeLeaseIfThereIsACluster(
  context: CommandContext,
  options: LeaseOptions,
): Promise<HeldLease | undefined> {
  try {
    return await takeLease(connectKubernetes(context.environment).coordination, options);
  } catch (error) {
    const isAccess =
      error instanceof CainError &&
      (error.code === 'CAIN_KUBERNETES' || error.code === 'CAIN_KUBERNETES_ACCESS');
    if (!isAccess) throw error;
    context.log.warn(
      'Pruning without the Lease, since Kubernetes can not be reached; a backup that runs now will fail at its commit',
      { reason: error.message },
    );
    return undefined;
  }
}

function leaseOptions(
  { settings, signal, log }: CommandContext,
  namespace: string,
  clusterName: string,
  holder: string,
): LeaseOptions {
  const { lockDurationMs: durationMs, lockWaitMs: waitMs } = settings;
  return { namespace, clusterName, holder, durationMs, waitMs, signal, log };
}

function targetOf(
  { signal }: CommandContext,
  store: Store,
  clusterName: string,
  lease: HeldLease | undefined,
): PruneTarget {
  return {
    store,
    clusterName,
    signal: lease ? AbortSignal.any([signal, lease.lost]) : signal,
    confirmLease: lease?.confirm ?? (async () => {}),
    async close() {
      await lease?.release();
      store.close();
    },
  };
}

async function closingOnError<T>(store: Store, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    store.close();
    throw error;
  }
}
