import { forEachLimited } from '../concurrency.ts';
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
  const { settings, log } = context;
  if (settings.transfer === 'exec') return { ways: new Map(), findings: [] };
  const ways = new Map<string, ChosenWay>();
  const findings: Finding[] = [];
  await forEachLimited(survey.nodes, nodesAtOnce, async ({ pod }) => {
    const reason = await tryDirectUpload(store, {
      exec: access.kubernetes.exec,
      pod,
      agent: agentConfigOf(settings),
      signal,
      limitMs: trialLimitMs,
      stallMs: settings.stallTimeoutMs,
    });
    const chosen: ChosenWay = reason === undefined ? { way: 'direct' } : { way: 'exec', reason };
    ways.set(pod.name, chosen);
    if (reason === undefined) log.info('Node sends its bytes directly', { pod: pod.name });
    else log.warn('Node sends its bytes through exec', { pod: pod.name, reason });
    if (reason !== undefined && settings.transfer === 'direct') findings.push(closedWay(pod.name, reason));
  });
  return { ways: new Map([...ways].toSorted(([a], [b]) => (a < b ? -1 : 1))), findings };
}

function closedWay(pod: string, reason: string): Finding {
  return {
    what: `Pod ${pod} can't send its bytes to the store itself: ${reason}`,
    hint: 'Let it reach the store, or set CAIN_TRANSFER=auto, which takes exec for such a node.',
  };
}
