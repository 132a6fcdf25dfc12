import { forEachLimited } from '../concurrency.ts';
import { CainError } from '../errors.ts';
import type { CassandraPod } from '../kubernetes/pods.ts';
import type { Store } from '../store/store.ts';
import { tryDirectUpload } from '../transfer/direct-trial.ts';
import type { TransferWay } from '../transfer/upload.ts';
import { agentConfigOf } from './agent-config.ts';
import type { CommandContext } from './context.ts';
import type { Finding } from './preflight/finding.ts';
import { type ClusterSurvey, nodesAtOnce } from './preflight/survey-cluster.ts';
import type { ClusterAccess } from './session.ts';

export interface ChosenWay {
  readonly way: TransferWay;
  /** Why it is not the direct one. */
  readonly reason?: string;
}

/** By pod name. */
export type TransferWays = ReadonlyMap<string, ChosenWay>;

/** Of a trial: a pod whose packets are dropped takes 10 s to say so. */
const trialLimitMs = 60_000;

/** Tries the direct way from each pod, as CAIN_TRANSFER asks; says which way each node's bytes will take, and why. */
export async function chooseWays(
  context: CommandContext,
  access: ClusterAccess,
  { survey, store }: { readonly survey: ClusterSurvey; readonly store: Store },
  signal: AbortSignal,
): Promise<{ readonly ways: TransferWays; readonly findings: readonly Finding[] }> {
  const { settings } = context;
  if (settings.transfer === 'exec') return { ways: new Map(), findings: [] };
  const ways = new Map<string, ChosenWay>();
  const findings: Finding[] = [];
  await forEachLimited(survey.nodes, nodesAtOnce, async ({ pod }) => {
    const chosen = await tryWay(context, access, { pod, store }, signal);
    ways.set(pod.name, chosen);
    if (chosen.reason !== undefined && settings.transfer === 'direct')
      findings.push(closedWay(pod.name, chosen.reason));
  });
  return { ways: new Map([...ways].toSorted(([a], [b]) => (a < b ? -1 : 1))), findings };
}

/** Of a pod that was not there yet when the ways were chosen. Throws where only the direct one is wanted and is closed. */
export async function chooseLateWay(
  context: CommandContext,
  access: ClusterAccess,
  node: { readonly pod: CassandraPod; readonly store: Store },
  signal: AbortSignal,
): Promise<TransferWay> {
  const { transfer } = context.settings;
  if (transfer === 'exec') return 'exec';
  const { way, reason } = await tryWay(context, access, node, signal);
  if (reason === undefined || transfer === 'auto') return way;
  const { what, hint } = closedWay(node.pod.name, reason);
  throw new CainError('CAIN_STORE', what, { hint, retryable: true });
}

async function tryWay(
  { settings, log }: CommandContext,
  { kubernetes }: ClusterAccess,
  { pod, store }: { readonly pod: CassandraPod; readonly store: Store },
  signal: AbortSignal,
): Promise<ChosenWay> {
  const reason = await tryDirectUpload(store, {
    exec: kubernetes.exec,
    pod,
    agent: agentConfigOf(settings),
    signal,
    limitMs: trialLimitMs,
    stallMs: settings.stallTimeoutMs,
  });
  if (reason === undefined) log.info('Node sends its bytes directly', { pod: pod.name });
  else log.warn('Node sends its bytes through exec', { pod: pod.name, reason });
  return reason === undefined ? { way: 'direct' } : { way: 'exec', reason };
}

function closedWay(pod: string, reason: string): Finding & { readonly hint: string } {
  return {
    what: `Pod ${pod} can't send its bytes to the store itself: ${reason}`,
    hint: 'Let it reach the store, or set CAIN_TRANSFER=auto, which takes exec for such a node.',
  };
}
