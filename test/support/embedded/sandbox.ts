import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { ProcessKeeper } from './process-keeper.ts';
import { runProgram } from './run-program.ts';

/**
 * What a container gives its processes: their own /proc and /dev/shm, so that a program which looks for
 * "the" Cassandra, or tidies /dev/shm, does not meet the other nodes of this machine.
 */
export interface Sandbox {
  /** The command that runs `command` inside. */
  enter(command: readonly string[]): string[];
  /** The pid outside of the process that a command started by `enter` became. */
  pidOf(pid: number): Promise<number>;
  /** Ends every process inside. */
  close(): Promise<void>;
}

/** Where the machine allows no namespaces: processes side by side. */
export const noSandbox: Sandbox = {
  enter: (command) => [...command],
  pidOf: async (pid) => pid,
  close: async () => undefined,
};

/** Who isn't root becomes root in a user namespace. */
const asRoot = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
const unshare = ['unshare', ...asRoot, '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
const prepare = 'mount -t tmpfs -o mode=1777,size=64m tmpfs /dev/shm';

let canUnshare: Promise<boolean> | undefined;

export function hasNamespaces(): Promise<boolean> {
  canUnshare ??= runProgram([...unshare, 'sh', '-c', prepare], { limitMs: 10_000 }).then(
    ({ code }) => code === 0,
    () => false,
  );
  return canUnshare;
}

/** Namespaces held open by a shell, their pid 1, that ends with the pipe it reads from. */
export async function startSandbox(keeper: ProcessKeeper): Promise<Sandbox> {
  if (!(await hasNamespaces())) return noSandbox;
  const holder = keeper.start(
    [...unshare, 'sh', '-c', `${prepare} && echo ready && while read -r _; do :; done`],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  const stdout = holder.child.stdout;
  if (!stdout) throw new Error('The holder of the namespaces has no output');
  await Promise.race([once(createInterface(stdout), 'line'), holder.ended]);
  if (!holder.isRunning()) throw new Error('The namespaces of a node could not be made');
  const pid = await onlyChildOf(holder.pid);
  const user = asRoot.length > 0 ? ['--user', '--preserve-credentials'] : [];
  return {
    enter: (command) => [
      'nsenter',
      `--target=${pid}`,
      ...user,
      '--mount',
      '--pid',
      '--wd=/',
      '--',
      ...command,
    ],
    pidOf: onlyChildOf,
    close: async () => {
      holder.child.stdin?.end();
      await holder.ended;
    },
  };
}

/** nsenter and unshare start what they run as their child: a signal has to go to that. */
async function onlyChildOf(pid: number): Promise<number> {
  const limit = Date.now() + 10_000;
  while (Date.now() < limit) {
    const [child] = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ');
    if (child) return Number(child);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`Process ${pid} started nothing`);
}
