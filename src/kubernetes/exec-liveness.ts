import { CainError } from '../errors.ts';
import type { ExecSocket } from './exec-socket.ts';

/** At least this many pings fit into a stall limit, so that one lost pong is no alarm. */
const pingsPerStall = 4;

export interface LivenessOptions {
  readonly pod: string;
  readonly stallMs: number;
  /** While we ourselves may hold the stream back nothing need arrive, pongs included. */
  readonly isBusy: () => boolean;
  readonly lastOutputAt: () => number;
  readonly expectsSteadyOutput: boolean;
}

/**
 * Watches a connection that nothing else watches: the client library sends no pings, and clouds cut idle
 * sockets silently. `failed` rejects with CAIN_EXEC_STALLED.
 */
export function watchLiveness(
  socket: ExecSocket,
  options: LivenessOptions,
): { failed: Promise<never>; stop(): void } {
  let lastFrameAt = performance.now();
  const heard = (): void => {
    lastFrameAt = performance.now();
  };
  socket.on('pong', heard);
  socket.on('message', heard);

  let timer: NodeJS.Timeout | undefined;
  const failed = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      const now = performance.now();
      if (options.isBusy()) lastFrameAt = now;
      const lastSign = options.expectsSteadyOutput ? options.lastOutputAt() : lastFrameAt;
      if (!options.isBusy() && now - lastSign > options.stallMs) reject(stalledError(options));
      // While we are busy, too: what is on the way must not take the connection for idle.
      else if (socket.readyState === socket.OPEN) socket.ping();
    }, options.stallMs / pingsPerStall);
  });
  // The race that awaits it may be decided first.
  failed.catch(() => {});
  return { failed, stop: () => clearInterval(timer) };
}

function stalledError({ pod, stallMs, expectsSteadyOutput }: LivenessOptions): CainError {
  const silent = expectsSteadyOutput ? 'sent no byte' : 'answered no ping';
  return new CainError('CAIN_EXEC_STALLED', `Exec stream of ${pod} ${silent} for ${stallMs / 1000} s`, {
    hint: 'The node, its disk or the network to it hangs. CAIN_STALL_TIMEOUT sets the limit.',
    retryable: true,
  });
}
