import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly residentBytes: number;
}

interface CpuTimes {
  /** Of all its threads. */
  readonly ownCpuSeconds: number;
  /** Of children that it has waited for, and of theirs. */
  readonly childCpuSeconds: number;
}

/** On every Linux that Node runs on, but for some ARM kernels. */
const pageBytes = 4096;
/** USER_HZ: what /proc counts time in, whatever the kernel's own rate. */
const ticksPerSecond = 100;

/** Pure: `pid (command) state ppid …`; a command may hold blanks and parentheses. */
export function parseStat(text: string): ProcessEntry & CpuTimes {
  const afterName = text
    .slice(text.lastIndexOf(')') + 2)
    .trimEnd()
    .split(' ');
  // Fields are counted from 1 in proc(5), and the third comes first here.
  const field = (number: number): number => Number(afterName[number - 3] ?? 0);
  return {
    pid: Number.parseInt(text, 10),
    parent: field(4),
    ownCpuSeconds: (field(14) + field(15)) / ticksPerSecond,
    childCpuSeconds: (field(16) + field(17)) / ticksPerSecond,
    residentBytes: field(24) * pageBytes,
  };
}

/** All processes of this machine that may be seen. */
export function readProcesses(): readonly ProcessEntry[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))];
      } catch {
        // It has ended.
        return [];
      }
    });
}

/** Processor time of a process without its children. */
export function cpuSecondsOf(pid: number): number {
  return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8')).ownCpuSeconds;
}

/** Processor time of all children that this process has waited for, and of theirs. */
export function childCpuSeconds(): number {
  return parseStat(readFileSync('/proc/self/stat', 'utf8')).childCpuSeconds;
}

/** Pure: `root`'s descendants, without those in `except` and what they started. */
export function descendants(
  processes: readonly ProcessEntry[],
  root: number,
  except: ReadonlySet<number>,
): readonly ProcessEntry[] {
  const children = new Map<number, ProcessEntry[]>();
  for (const entry of processes) children.set(entry.parent, [...(children.get(entry.parent) ?? []), entry]);
  const found: ProcessEntry[] = [];
  const waiting = [...(children.get(root) ?? [])];
  for (let entry = waiting.pop(); entry; entry = waiting.pop()) {
    if (except.has(entry.pid)) continue;
    found.push(entry);
    waiting.push(...(children.get(entry.pid) ?? []));
  }
  return found;
}
