const dayMs = 24 * 3600_000;

/**
 * A run older than this may not commit, and the tombstone that tells a sleeper so stays as long. At least a day,
 * which no nightly run takes; the grace where it is longer, since until then a sweep keeps what the run counts on.
 */
export function oldestRunMs(pruneGraceMs: number): number {
  return Math.max(dayMs, pruneGraceMs);
}
