import { open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EmbeddedCluster } from '../../test/support/embedded/cluster.ts';
import { parseAccessLog, type S3Traffic } from './access-log.ts';
import { childCpuSeconds } from './process-table.ts';
import { reasonIn } from './reason.ts';
import type { Measurement, Sides } from './result.ts';
import { runGroup } from './run-group.ts';
import { type MemoryWatch, watchMemory } from './watch-memory.ts';

const wrapper = fileURLToPath(new URL('run-measured.py', import.meta.url));
/** Some stand still for ever; the slowest that comes to its end takes six minutes. */
const limitMs = 10 * 60_000;
/** The log is written by another process, a moment after the answer. */
const logSettlesMs = 300;

export interface Command {
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Whether the tool runs programs in the pod, through the Kubernetes API. */
  readonly hasPodSide: boolean;
}

export interface MeasuredRun {
  readonly measurement: Omit<Measurement, 'bytes'>;
  readonly traffic: S3Traffic;
  readonly output: string;
}

interface Cost {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly peakRssBytes: number;
}

/** A tool that ended with another exit code than 0. */
export interface FailedRun extends Error {
  readonly output: string;
}

/** Runs a tool and measures it and all that it starts; fails with a FailedRun unless it ends with 0. */
export async function measure(cluster: EmbeddedCluster, command: Command): Promise<MeasuredRun> {
  const { s3, dir, kubernetes } = cluster;
  const costFile = join(dir, 'cost.json');
  await rm(costFile, { force: true });
  const logFrom = await sizeOf(s3.accessLog);
  const callsBefore = kubernetes.exec.calls.length;
  const cpuBefore = childCpuSeconds();

  const watch: { memory?: MemoryWatch } = {};
  const { code, output } = await runGroup(['python3', wrapper, costFile, ...command.argv], {
    cwd: dir,
    env: { PATH: process.env.PATH, HOME: join(dir, 'home'), ...command.env },
    limitMs,
    onStart: (pid) => {
      watch.memory = watchMemory(pid, command.hasPodSide);
    },
  }).finally(() => watch.memory?.stop());
  if (code !== 0) throw Object.assign(new Error(`it ended with ${code}: ${reasonIn(output)}`), { output });

  const cost = JSON.parse(await readFile(costFile, 'utf8')) as Cost;
  const peaks = watch.memory?.peaks() ?? { own: 0, pod: 0, together: 0 };
  // What lives for less than the time between two looks: the kernel keeps the peak of the largest process.
  const ownPeak = Math.max(peaks.own, cost.peakRssBytes);
  // Only a tool with another side has children of ours that are not the wrapper's.
  const podCpuSeconds = command.hasPodSide ? Math.max(0, childCpuSeconds() - cpuBefore - cost.cpuSeconds) : 0;
  await new Promise((resolve) => setTimeout(resolve, logSettlesMs));
  const traffic = parseAccessLog(await readFrom(s3.accessLog, logFrom));
  const calls = kubernetes.exec.calls.slice(callsBefore);
  const sides: Sides = {
    cainCpuSeconds: cost.cpuSeconds,
    podCpuSeconds,
    cainPeakRssBytes: ownPeak,
    podPeakRssBytes: peaks.pod,
    execCalls: calls.length,
    apiServerBytes: calls.reduce(
      (sum, call) => sum + call.stdinBytes + call.stdoutBytes + call.stderrBytes,
      0,
    ),
  };
  return {
    measurement: {
      wallSeconds: cost.wallSeconds,
      cpuSeconds: cost.cpuSeconds + podCpuSeconds,
      peakRssBytes: Math.max(peaks.together, ownPeak),
      s3Requests: traffic.requests,
      ...(command.hasPodSide ? { sides } : {}),
    },
    traffic,
    output,
  };
}

async function sizeOf(file: string | undefined): Promise<number> {
  return file === undefined
    ? 0
    : await stat(file).then(
        ({ size }) => size,
        () => 0,
      );
}

async function readFrom(file: string | undefined, from: number): Promise<string> {
  if (file === undefined) throw new Error('The S3 server writes no access log');
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - from), 0, size - from, from);
    return buffer.subarray(0, bytesRead).toString();
  } finally {
    await handle.close();
  }
}
