import { CainError } from '../errors.ts';

export interface WatchedSource {
  readonly source: AsyncIterable<Uint8Array>;
  stop(): void;
}

/**
 * Passes chunks on and watches the one who takes them: `onStall` is called when a chunk waits for longer than
 * `stallMs`. Time spent in waiting for the source itself does not count, since that has limits of its own.
 */
export function watchTaking(
  chunks: AsyncIterable<Uint8Array>,
  { pod, stallMs, onStall }: { pod: string; stallMs: number; onStall: (error: CainError) => void },
): WatchedSource {
  let givenAt: number | undefined;
  const timer = setInterval(() => {
    if (givenAt === undefined || performance.now() - givenAt <= stallMs) return;
    clearInterval(timer);
    onStall(stalledError(pod, stallMs));
  }, stallMs / 4);

  async function* pass(): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      givenAt = performance.now();
      yield chunk;
      givenAt = undefined;
    }
  }
  return { source: pass(), stop: () => clearInterval(timer) };
}

function stalledError(pod: string, stallMs: number): CainError {
  return new CainError('CAIN_EXEC_STALLED', `Pod ${pod} took no byte for ${stallMs / 1000} s`, {
    hint: 'The node, its disk or the network to it hangs. CAIN_STALL_TIMEOUT sets the limit.',
    retryable: true,
  });
}
