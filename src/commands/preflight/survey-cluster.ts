import { type ClusterView, clusterViewOf, viewStatements } from '../../cassandra/cluster-view.ts';
import { type NodeDisks, readDisks } from '../../cassandra/disks.ts';
import type { NodeStatus } from '../../cassandra/nodetool-output.ts';
import { missingToolsError, type NodeProbe, probeAndAsk, throwRefusal } from '../../cassandra/probe.ts';
import { membersOf, readStatuses, ringStatements } from '../../cassandra/ring.ts';
import { forEachLimited } from '../../concurrency.ts';
import { CainError, messageOf } from '../../errors.ts';
import type { CassandraPod } from '../../kubernetes/pods.ts';
import type { CommandContext } from '../context.ts';
import type { ClusterAccess, ClusterNode } from '../session.ts';
import type { Finding } from './finding.ts';

/** Probes in flight at once: each is a cqlsh in a container and an exec through the API server. */
export const nodesAtOnce = 16;

export interface SurveyedNode extends ClusterNode {
  readonly probe: NodeProbe;
  readonly disks: NodeDisks;
}

export interface ClusterSurvey {
  /** Of the first pod that tells it, whatever else is wrong with that pod; '' = none does. */
  readonly clusterName: string;
  readonly partitioner: string;
  /** In pod name order. */
  readonly nodes: readonly SurveyedNode[];
  /** Pods that could not be asked, perhaps for now only: coverage decides about them. */
  readonly absent: ReadonlyArray<{ readonly pod: string; readonly reason: string }>;
  readonly findings: readonly Finding[];
  /** As the first of the nodes saw it during the survey; undefined = it could not tell, or another was asked. */
  readonly view: ClusterView | undefined;
}

/** Asks every Cassandra pod what it is, side by side; changes nothing. */
export async function surveyCluster(
  context: CommandContext,
  access: ClusterAccess,
  signal: AbortSignal,
): Promise<ClusterSurvey> {
  const { settings, log } = context;
  const { pods, skipped } = await access.listPods(signal);
  for (const { name, reason } of skipped) log.info('Pod is not taken', { pod: name, reason });
  const findings: Finding[] = [];
  const nodes: SurveyedNode[] = [];
  const absent: Array<{ pod: string; reason: string }> = [];
  const clusterNames = new Map<string, string>();
  let view: ClusterView | undefined;
  if (pods.length === 0) findings.push(noPods(settings, skipped));
  const firstReady = pods.find(({ isReady }) => isReady);

  await forEachLimited(pods, nodesAtOnce, async (pod) => {
    if (!pod.isReady) {
      absent.push({ pod: pod.name, reason: 'it is not ready' });
      return;
    }
    const speaks = pod === firstReady;
    const [surveyed] = await Promise.allSettled([
      surveyNode(context, access, pod, {
        statements: speaks ? viewStatements : [],
        onProbe: ({ clusterName }) => clusterNames.set(pod.name, clusterName),
        signal,
      }),
    ]);
    // It proves the login of JMX too: one that is wrong on a node is wrong on all. Whatever the probe said, so that
    // passwords of CQL and JMX are mended in one go.
    const told = surveyed.status === 'fulfilled' ? surveyed.value.results : [];
    const [seen] = await Promise.allSettled([speaks ? statusesOf(access, pod, told, signal) : undefined]);
    signal.throwIfAborted();
    if (surveyed.status === 'fulfilled' && seen.status === 'fulfilled') {
      const { node, results } = surveyed.value;
      nodes.push(node);
      if (seen.value) view = viewOf(seen.value, results, pod);
      return;
    }
    const errors: readonly unknown[] = [surveyed, seen].flatMap((result) =>
      result.status === 'rejected' ? [result.reason] : [],
    );
    // What is mended in the same way is told once.
    const found = new Map(errors.flatMap(findingsOf).map((finding) => [finding.hint, finding]));
    findings.push(...found.values());
    if (found.size === 0) absent.push({ pod: pod.name, reason: errors.map(messageOf).join('; ') });
  });
  nodes.sort((a, b) => (a.pod.name < b.pod.name ? -1 : 1));
  for (const node of nodes) findings.push(...nodeFindings(node, settings));
  findings.push(...clusterFindings(nodes));
  return {
    clusterName: nodes[0]?.probe.clusterName ?? firstByPod(clusterNames) ?? '',
    partitioner: nodes[0]?.probe.partitioner ?? '',
    nodes,
    absent,
    findings,
    view: nodes[0]?.pod === firstReady ? view : undefined,
  };
}

/** `results`: of `viewStatements`, or none. undefined = they can't be read just now: whoever needs them asks again, and says so then. */
async function statusesOf(
  { tools }: ClusterAccess,
  pod: CassandraPod,
  results: ReadonlyArray<readonly unknown[]>,
  signal: AbortSignal,
): Promise<readonly NodeStatus[] | undefined> {
  try {
    const members = membersOf(results.slice(0, ringStatements.length), pod);
    return await readStatuses(tools, pod, members, signal);
  } catch (error) {
    if (error instanceof CainError && error.code === 'CAIN_OUTPUT_UNREADABLE') return undefined;
    throwRefusal(error);
  }
}

/** undefined: as with the statuses. A row that the node has lost half of (a peer without an id) is no fault of the node. */
function viewOf(
  statuses: readonly NodeStatus[],
  results: ReadonlyArray<readonly unknown[]>,
  pod: CassandraPod,
): ClusterView | undefined {
  try {
    return clusterViewOf(statuses, results, pod);
  } catch (error) {
    if (error instanceof CainError) return undefined;
    throw error;
  }
}

function firstByPod(names: ReadonlyMap<string, string>): string | undefined {
  const [first] = [...names].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return first?.[1];
}

async function surveyNode(
  context: CommandContext,
  { tools }: ClusterAccess,
  pod: CassandraPod,
  {
    statements,
    onProbe,
    signal,
  }: { statements: readonly string[]; onProbe: (probe: NodeProbe) => void; signal: AbortSignal },
): Promise<{ readonly node: SurveyedNode; readonly results: ReadonlyArray<readonly unknown[]> }> {
  const { probe, results } = await probeAndAsk(tools, pod, statements, signal);
  onProbe(probe);
  if (probe.missingTools.length > 0) throw missingToolsError(pod, probe.missingTools);
  const override = context.settings.cassandraDataDirectories;
  const dataDirectories = override.length > 0 ? override : probe.dataDirectories;
  const disks = await readDisks(tools, pod, dataDirectories, signal);
  const { hostId, releaseVersion } = probe;
  return { node: { pod, hostId, dataDirectories, releaseVersion, probe, disks }, results };
}

function noPods(
  { namespace, selector, container }: { namespace: string; selector: string; container: string },
  skipped: ReadonlyArray<{ name: string; reason: string }>,
): Finding {
  const left = skipped.map(({ name, reason }) => `${name}: ${reason}`).join('; ');
  return {
    what: `No Cassandra pod in namespace ${namespace} fits selector ${selector} and container ${container}${left ? ` (${left})` : ''}`,
    hint: 'Check CAIN_NAMESPACE, CAIN_SELECTOR and CAIN_CONTAINER.',
  };
}

const lastingFaults: ReadonlySet<string> = new Set([
  'CAIN_PREFLIGHT',
  'CAIN_KUBERNETES_ACCESS',
  'CAIN_OUTPUT_UNREADABLE',
]);

/** What is wrong and stays so until somebody mends it; none = perhaps transient. */
function findingsOf(error: unknown): readonly Finding[] {
  if (!(error instanceof CainError) || !lastingFaults.has(error.code)) return [];
  return [{ what: error.message, hint: error.hint ?? '' }];
}

const mebi = 1024 ** 2;

const supportedVersions = ['4.0', '4.1', '5.0'];

function nodeFindings(
  { pod, probe, disks }: SurveyedNode,
  { minFree: minFreePercent, minFreeMemoryBytes }: { minFree: number; minFreeMemoryBytes: number },
): readonly Finding[] {
  const findings: Finding[] = [];
  if (
    !supportedVersions.some(
      (version) => probe.releaseVersion === version || probe.releaseVersion.startsWith(`${version}.`),
    )
  ) {
    findings.push({
      what: `Pod ${pod.name} runs Cassandra ${probe.releaseVersion}`,
      hint: `Cain supports ${supportedVersions.join(', ')}.`,
    });
  }
  if (!probe.isGnuTar) {
    findings.push({
      what: `The tar in pod ${pod.name} is not GNU tar`,
      hint: 'Cain reads snapshots through GNU tar; install it in the image.',
    });
  }
  const { freeMemoryBytes = Number.POSITIVE_INFINITY } = probe;
  if (freeMemoryBytes < minFreeMemoryBytes) {
    findings.push({
      what: `Container ${pod.container} of pod ${pod.name} has only ${Math.floor(freeMemoryBytes / mebi)} MiB left under its memory limit`,
      hint: `nodetool and cqlsh run in it and could get Cassandra killed; raise its limit, lower Cassandra's heap, or lower CAIN_MIN_FREE_MEMORY (${Math.floor(minFreeMemoryBytes / mebi)} MiB).`,
    });
  }
  if (disks.volumes.length === 0) {
    findings.push({
      what: `Cassandra in pod ${pod.name} names no data directory`,
      hint: 'Set CAIN_CASSANDRA_DATA_DIR.',
    });
  }
  for (const volume of disks.volumes) {
    const freePercent = (volume.freeBytes / volume.totalBytes) * 100;
    if (freePercent < minFreePercent) {
      findings.push({
        what: `Data directory ${volume.directory} of pod ${pod.name} has ${freePercent.toFixed(1)} % free`,
        hint: `A snapshot keeps deleted files on the disk; make room or lower CAIN_MIN_FREE (${minFreePercent} %).`,
        isAboutRoom: true,
      });
    }
  }
  return findings;
}

/** What only shows when the nodes are looked at together. */
function clusterFindings(nodes: readonly SurveyedNode[]): readonly Finding[] {
  const findings: Finding[] = [];
  const names = new Set(nodes.map(({ probe }) => probe.clusterName));
  if (names.size > 1) {
    findings.push({
      what: `The pods belong to ${names.size} clusters: ${[...names].join(', ')}`,
      hint: 'Narrow CAIN_SELECTOR so that it takes the pods of one ring.',
    });
  }
  const hostIds = new Set(nodes.map(({ hostId }) => hostId));
  if (hostIds.size < nodes.length) {
    findings.push({
      what: 'Two pods give the same host id',
      hint: 'cqlsh seems to reach another node than its own; see CAIN_CQL_HOST.',
    });
  }
  return findings;
}
