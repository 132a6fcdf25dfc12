import { descendants, type ProcessEntry, readProcesses } from './process-table.ts';

export interface MemoryWatch {
  readonly stop: () => void;
  /** Bytes: of the tool's own processes, of those in the pod, and of both at one moment. */
  peaks(): { readonly own: number; readonly pod: number; readonly together: number };
}

/** Each look reads all of /proc in the process that also serves the execs: more often would slow `cain-exec` alone. */
const everyMs = 500;

/**
 * Looks at the resident memory of what `wrapper` started and, for a tool with a side in the pod, of what else this
 * process started since: the execs. What ran before (Cassandra, the S3 server) is left out.
 */
export function watchMemory(wrapper: number, hasPodSide: boolean): MemoryWatch {
  const ranBefore = new Set([...readProcesses().map(({ pid }) => pid), wrapper]);
  const peaks = { own: 0, pod: 0, together: 0 };

  function look(): void {
    const processes = readProcesses();
    const own = sumOf(descendants(processes, wrapper, new Set()));
    const pod = hasPodSide ? sumOf(descendants(processes, process.pid, ranBefore)) : 0;
    peaks.own = Math.max(peaks.own, own);
    peaks.pod = Math.max(peaks.pod, pod);
    peaks.together = Math.max(peaks.together, own + pod);
  }
  const timer = setInterval(look, everyMs);
  return { stop: () => clearInterval(timer), peaks: () => peaks };
}

function sumOf(processes: readonly ProcessEntry[]): number {
  return processes.reduce((sum, { residentBytes }) => sum + residentBytes, 0);
}
