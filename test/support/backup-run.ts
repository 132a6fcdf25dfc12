import { createPodTools, type PodTools } from '../../src/cassandra/pod-tools.ts';
import type { BackupRun } from '../../src/commands/backup/backup-run.ts';
import type { CommandContext } from '../../src/commands/context.ts';
import type { ClusterSurvey, SurveyedNode } from '../../src/commands/preflight/survey-cluster.ts';
import type { ClusterAccess } from '../../src/commands/session.ts';
import { connectKubernetes } from '../../src/kubernetes/client.ts';
import type { Progress } from '../../src/progress.ts';
import type { Settings } from '../../src/settings/table.ts';
import type { Store } from '../../src/store/store.ts';
import type { BarePods } from './embedded/bare-pods.ts';
import { type RecordingLog, recordLog } from './recording-log.ts';

export const silentProgress: Progress = {
  setPhase: () => {},
  addNode: () => {},
  advance: () => {},
  retract: () => {},
  finishNode: () => {},
};

export interface RunOptions {
  readonly store: Store;
  /** Data directories by pod. */
  readonly nodes: Readonly<Record<string, readonly string[]>>;
  readonly pods?: BarePods;
  /** In place of those that speak to `pods`. */
  readonly tools?: PodTools;
  readonly settings?: Partial<Settings>;
  readonly signal?: AbortSignal;
  readonly tag?: string;
  readonly now?: () => Date;
}

/** A backup under way, of which a test does one step. */
export function backupRun(options: RunOptions): BackupRun & { readonly log: RecordingLog } {
  const { store, nodes, pods, signal = new AbortController().signal, tag = '20260101000000' } = options;
  const log = recordLog();
  const settings = {
    namespace: 'cassandra',
    plan: 'default',
    transfer: 'exec',
    parallel: 2,
    memoryBytes: 1024 * 1024,
    partSizeBytes: 64 * 1024,
    maxUploadParts: 10_000,
    retries: 1,
    stallTimeoutMs: 5_000,
    toolTimeoutMs: 20_000,
    minFree: 0,
    coverage: 'whole',
    keyspaces: [],
    roles: true,
    ...options.settings,
  } as unknown as Settings;
  const context = {
    settings,
    log,
    signal,
    progress: silentProgress,
    now: options.now ?? (() => new Date()),
    environment: {},
    setTag: () => {},
  } as unknown as CommandContext;
  return {
    log,
    context,
    access: accessTo(pods, options.tools, settings, log),
    survey: surveyOf(nodes),
    store,
    ways: new Map(),
    lease: {} as BackupRun['lease'],
    tag,
    startedAt: new Date('2026-01-01T00:00:00Z'),
    signal,
  };
}

function accessTo(
  pods: BarePods | undefined,
  tools: PodTools | undefined,
  { retries, stallTimeoutMs, toolTimeoutMs }: Settings,
  log: RecordingLog,
): ClusterAccess {
  const kubernetes = pods && connectKubernetes({ kubeconfig: pods.kubeconfigFile });
  const made =
    kubernetes &&
    createPodTools({
      exec: kubernetes.exec,
      logins: { cql: {}, jmx: {} },
      limitMs: toolTimeoutMs,
      stallMs: stallTimeoutMs,
      retries,
      log,
    });
  return { kubernetes, tools: tools ?? made } as unknown as ClusterAccess;
}

export function surveyOf(nodes: Readonly<Record<string, readonly string[]>>): ClusterSurvey {
  const surveyed = Object.entries(nodes).map(([name, dataDirectories]) => ({
    pod: { namespace: 'cassandra', name, container: 'cassandra', uid: `uid-${name}`, isReady: true },
    hostId: `host-of-${name}`,
    dataDirectories,
    releaseVersion: '5.0.9',
    disks: { volumes: [], snapshotTags: [] },
  }));
  return {
    clusterName: 'Test Cluster',
    partitioner: 'org.apache.cassandra.dht.Murmur3Partitioner',
    nodes: surveyed as unknown as readonly SurveyedNode[],
    absent: [],
    findings: [],
    view: undefined,
  };
}
