import { once } from 'node:events';
import { startProcessKeeper } from '../../test/support/embedded/process-keeper.ts';

export interface GroupOptions {
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly limitMs: number;
  onStart?(pid: number): void;
}

export interface GroupEnd {
  /** An exit code, or what it was killed by. */
  readonly code: number | string;
  readonly output: string;
}

/**
 * Runs a command to its end and gathers what it says. At the limit it is killed with all that it started: a child that
 * lived on would hold the pipes open, and whoever waits for their end would wait for ever.
 */
export async function runGroup(
  command: readonly string[],
  { cwd, env, limitMs, onStart }: GroupOptions,
): Promise<GroupEnd> {
  const keeper = startProcessKeeper();
  let timer: NodeJS.Timeout | undefined;
  try {
    const group = keeper.start(command, { cwd, env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const { child } = group;
    const pieces: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8');
      stream?.on('data', (piece: string) => pieces.push(piece));
    }
    onStart?.(group.pid);
    let isLate = false;
    timer = setTimeout(() => {
      isLate = true;
      group.signalGroup('SIGKILL');
    }, limitMs);
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
    const killedBy = isLate ? `${signal} after ${Math.round(limitMs / 1000)} s` : (signal ?? 'nothing');
    return { code: code ?? killedBy, output: pieces.join('') };
  } finally {
    clearTimeout(timer);
    await keeper.end();
  }
}
