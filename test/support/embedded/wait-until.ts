import { setTimeout as delay } from 'node:timers/promises';

export async function waitUntil(isTrue: () => boolean, limitMs = 10_000): Promise<void> {
  const limit = Date.now() + limitMs;
  while (!isTrue()) {
    if (Date.now() > limit) throw new Error(`It did not happen within ${limitMs / 1000} s`);
    await delay(50);
  }
}
