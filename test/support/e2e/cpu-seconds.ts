import { runOrFail } from '../embedded/run-program.ts';
import type { LocalKubernetes } from './local/local-kubernetes.ts';

/** What data through exec passes, as the kernel calls it. */
const servers = ['kube-apiserver', 'kubelet', 'containerd', 'containerd-shim'] as const;
export type CpuSeconds = Readonly<Record<(typeof servers)[number], number>>;

const script = `
command -v pgrep > /dev/null || exit 1
for name in "$@"; do
  ticks=0
  for pid in $(pgrep -x "$name"); do
    used=$(sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null | awk '{ print $12 + $13 }')
    ticks=$((ticks + \${used:-0}))
  done
  echo "$ticks"
done`;

/** CPU time that each server has used so far. */
async function cpuSeconds(local: LocalKubernetes): Promise<CpuSeconds> {
  const text = await runOrFail(local.onNode(['sh', '-c', script, 'cpu-seconds', ...servers]));
  const ticks = text.trim().split('\n').map(Number);
  const unseen = servers.filter((_, index) => !(Number(ticks[index]) > 0));
  // Each has worked since the cluster began.
  if (unseen.length > 0) throw new Error(`No CPU time is seen of ${unseen.join(', ')}`);
  return Object.fromEntries(servers.map((name, index) => [name, (ticks[index] ?? 0) / 100])) as CpuSeconds;
}

export interface Cost<T> {
  readonly result: T;
  readonly seconds: number;
  readonly cpu: CpuSeconds;
}

/** What some work took, and what it cost the servers meanwhile. */
export async function costOf<T>(local: LocalKubernetes, work: () => Promise<T>): Promise<Cost<T>> {
  const before = await cpuSeconds(local);
  const startedAt = performance.now();
  const result = await work();
  const seconds = (performance.now() - startedAt) / 1000;
  const after = await cpuSeconds(local);
  const cpu = Object.fromEntries(servers.map((name) => [name, after[name] - before[name]])) as CpuSeconds;
  return { result, seconds, cpu };
}
