import type { KeptProcess } from './process-keeper.ts';

/** Waits until a server that was just started answers at `url`, with whatever status. */
export async function untilAnswers(
  url: string,
  server: KeptProcess,
  name: string,
  limitMs = 30_000,
): Promise<void> {
  const limit = Date.now() + limitMs;
  while (true) {
    const isThere = await fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
      async (response) => {
        await response.body?.cancel();
        return true;
      },
      () => false,
    );
    if (isThere) return;
    if (!server.isRunning()) throw new Error(`${name} ended before it answered`);
    if (Date.now() > limit) throw new Error(`${name} does not answer at ${url} after ${limitMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
