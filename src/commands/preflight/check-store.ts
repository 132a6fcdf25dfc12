import { CainError } from '../../errors.ts';
import type { Store } from '../../store/store.ts';
import { probeStore } from '../../store/store-checks.ts';
import type { CommandContext } from '../context.ts';
import type { Finding } from './finding.ts';

export interface StoreCheck {
  readonly findings: readonly Finding[];
  /** What the store could not prove and CAIN_S3_ALLOW_UNSAFE lets pass; the manifest names it. */
  readonly unsafe: readonly string[];
}

/** Whether the store can do what a backup's truth rests on. Writes only the fixed keys under `.cain/probe/`. */
export async function checkStore(
  { settings, log }: CommandContext,
  store: Store,
  signal: AbortSignal,
): Promise<StoreCheck> {
  try {
    const probe = await probeStore(store, { signal });
    for (const note of probe.notes) log.warn('Store check left a question', { note });
    const lacks = probe.faults;
    if (settings.s3AllowUnsafe) {
      for (const fault of lacks)
        log.warn('Store is not safe, and CAIN_S3_ALLOW_UNSAFE lets it pass', { fault });
      return { findings: probe.expirations.map(expirationFinding), unsafe: lacks };
    }
    const findings = lacks.map((what) => ({
      what: `The store at ${store.location} is not safe: ${what}`,
      hint: 'Use a store with conditional writes and checksums, or accept the risk with CAIN_S3_ALLOW_UNSAFE=true.',
    }));
    return { findings: [...findings, ...probe.expirations.map(expirationFinding)], unsafe: [] };
  } catch (error) {
    if (!(error instanceof CainError) || error.code !== 'CAIN_STORE_ACCESS') throw error;
    return { findings: [{ what: error.message, hint: error.hint ?? 'See the S3 settings.' }], unsafe: [] };
  }
}

function expirationFinding(rule: string): Finding {
  return {
    what: `A lifecycle rule of the bucket would delete our objects: ${rule}`,
    hint: 'Narrow or remove that rule; Cain applies its own retention.',
  };
}
