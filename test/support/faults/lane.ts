import { randomUUID } from 'node:crypto';
import { type Bucket, openBucket } from '../bucket.ts';
import type { KubernetesApi } from '../embedded/kubernetes-api.ts';
import { type ModelCluster, type ModelClusterOptions, startModelCluster } from '../model/cluster.ts';
import { createShop } from '../model/shop.ts';
import { type CainRun, startCain } from '../run-cain.ts';
import { type S3FaultProxy, startS3FaultProxy } from '../s3-fault-proxy.ts';

/** A model cluster of its own, with a proxy before its S3 server: lanes run side by side. */
export interface Lane {
  readonly cluster: ModelCluster;
  readonly proxy: S3FaultProxy;
  /** What lies in the bucket, seen past the proxy. */
  bucket(dst?: string): Bucket;
  env(extra?: Readonly<Record<string, string>>): Record<string, string>;
  cain(args: readonly string[], extra?: Readonly<Record<string, string>>): Promise<CainRun>;
  /** Kills the run by SIGKILL at its effect of this number, after the effect and before the run hears of it. */
  cainKilledAt(
    effect: number,
    args: readonly string[],
    extra?: Readonly<Record<string, string>>,
  ): Promise<KilledRun>;
  stop(): Promise<void>;
}

export interface KilledRun {
  /** undefined = it had fewer effects, and ended by itself. */
  readonly killedAfter: string | undefined;
  readonly effects: number;
  readonly run: CainRun;
}

export interface RunToKill {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly proxy: S3FaultProxy;
  readonly kubernetes: KubernetesApi;
}

/** Starts Cain and kills it by SIGKILL at its effect of this number, after the effect and before the run hears of it. */
export async function runKilledAt(
  effect: number,
  { args, env, proxy, kubernetes }: RunToKill,
): Promise<KilledRun> {
  let effects = 0;
  let killedAfter: string | undefined;
  const child = startCain(args, env);
  const count = (what: string) => {
    if (isRead(what)) return;
    effects++;
    if (effects !== effect) return;
    killedAfter = what;
    child.kill('SIGKILL');
  };
  proxy.onAnswered = count;
  kubernetes.onEffect = count;
  const run = await child.ended;
  proxy.onAnswered = undefined;
  kubernetes.onEffect = undefined;
  return { killedAfter, effects, run };
}

/** A read leaves nothing behind: dying after it is dying after the effect before it. */
function isRead(effect: string): boolean {
  return /^(?:list|list-uploads|get|head|bucket) /.test(effect);
}

export async function startLane(options: ModelClusterOptions = {}): Promise<Lane> {
  const cluster = await startModelCluster(options);
  createShop(cluster.ring, options.nodes ?? options.pods?.length ?? 2);
  const proxy = await startS3FaultProxy(cluster.s3.endpoint);
  const buckets = new Map<string, Bucket>();
  // A Job's pods share its holder: the next one takes over at once.
  const holder = randomUUID();
  const env = (extra: Readonly<Record<string, string>> = {}) =>
    cluster.env({
      AWS_S3_ENDPOINT: proxy.endpoint,
      CAIN_HOLDER: holder,
      CAIN_LOCK_DURATION: '60s',
      ...extra,
    });
  return {
    cluster,
    proxy,
    env,
    bucket: (dst = 'cain') => {
      const bucket = buckets.get(dst) ?? openBucket(cluster, dst);
      buckets.set(dst, bucket);
      return bucket;
    },
    cain: (args, extra) => startCain(args, env(extra)).ended,
    cainKilledAt: (effect, args, extra) =>
      runKilledAt(effect, { args, env: env(extra), proxy, kubernetes: cluster.kubernetes }),
    stop: async () => {
      for (const { store } of buckets.values()) store.close();
      await proxy.close();
      await cluster.stop();
    },
  };
}
