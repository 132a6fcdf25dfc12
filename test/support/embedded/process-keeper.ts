import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';

/** How a process ended: one of the two is set. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process in a group of its own: signals reach its children too, a Ctrl-C in the terminal does not. */
export interface KeptProcess {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly ended: Promise<Ended>;
  readonly isRunning: () => boolean;
  signalGroup(signal: NodeJS.Signals): void;
}

/** Starts processes and sees to it that none outlives this one, however it ends. */
export interface ProcessKeeper {
  start(command: readonly string[], options?: SpawnOptions): KeptProcess;
  /** Pids of the groups that still have members. */
  running(): number[];
  /** Kills what still runs and waits for its end. The keeper starts nothing afterwards. */
  end(): Promise<void>;
}

/**
 * Reads the groups to guard from a pipe. The pipe closes when its writer ends, by SIGKILL too: then the
 * groups are killed and the run's folder is removed.
 */
const watchdogScript = `
groups=' '
while read -r verb group; do
  case $verb in
    add) groups="$groups$group " ;;
    drop) groups=" $(for other in $groups; do [ "$other" = "$group" ] || printf '%s ' "$other"; done)" ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
[ -z "$1" ] || rm -rf -- "$1"
`;

/** @param temporaryDir removed when this process dies without ending the keeper; nothing when undefined */
export function startProcessKeeper(temporaryDir?: string): ProcessKeeper {
  const watchdog = spawn('sh', ['-c', watchdogScript, 'watchdog', temporaryDir ?? ''], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const tell = (line: string) => void watchdog.stdin.write(`${line}\n`);
  const groups = new Set<number>();

  const start = (command: readonly string[], options: SpawnOptions = {}): KeptProcess => {
    const [program, ...args] = command;
    if (program === undefined) throw new Error('A process needs a program');
    const child = spawn(program, args, { ...options, detached: true });
    const ended = once(child, 'exit').then(([code, signal]) => ({ code, signal }) as Ended);
    const pid = child.pid;
    if (pid === undefined) {
      // The reason comes as an event, later.
      ended.catch(() => undefined);
      throw new Error(`Can't start ${program}: is it there, and executable?`);
    }
    groups.add(pid);
    tell(`add ${pid}`);
    const settled = ended.finally(() => {
      // After `end` the watchdog has been told of all.
      if (!hasMembers(pid) && groups.delete(pid)) tell(`drop ${pid}`);
    });
    return {
      child,
      pid,
      ended: settled,
      isRunning: () => child.exitCode === null && child.signalCode === null,
      signalGroup: (signal) => void signalGroup(pid, signal),
    };
  };

  const end = async () => {
    for (const pid of groups) signalGroup(pid, 'SIGKILL');
    await untilEmpty(groups);
    for (const pid of groups) tell(`drop ${pid}`);
    groups.clear();
    watchdog.stdin.end();
    if (watchdog.exitCode === null) await once(watchdog, 'exit');
  };
  return { start, running: () => [...groups].filter(hasMembers), end };
}

function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal);
  } catch {
    return false;
  }
}

/** True while the group has a process, be it the children that its first one left behind. */
function hasMembers(pid: number): boolean {
  return signalGroup(pid, 0);
}

async function untilEmpty(groups: Iterable<number>): Promise<void> {
  const limit = Date.now() + 20_000;
  while ([...groups].some(hasMembers)) {
    if (Date.now() > limit) throw new Error(`Processes outlive SIGKILL: ${[...groups].join(', ')}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
