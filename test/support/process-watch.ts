import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessWatch {
  /** Command line and environment of every process that was seen, as one text each; arguments end with a blank. */
  stop(): readonly string[];
}

/** A nodetool or cqlsh lives for half a second at least, a Python of ours for a tenth. */
const everyMs = 50;

/** Looks at all processes of this machine again and again, as `ps` would, from outside of every container. */
export function watchProcesses(): ProcessWatch {
  // By pid and command line: a process becomes another program without getting another pid.
  const seen = new Map<string, string>();
  const timer = setInterval(() => look(seen), everyMs);
  return {
    stop() {
      clearInterval(timer);
      return [...seen.values()];
    },
  };
}

function look(seen: Map<string, string>): void {
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      const key = `${pid} ${command}`;
      if (command === '' || seen.has(key)) continue;
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').replaceAll('\0', ' ');
      seen.set(key, `${command}${environment}`);
    } catch {
      // It has ended, or is another user's.
    }
  }
}
