import { CainError } from '../../errors.ts';
import type { Store } from '../../store/store.ts';
import { probeStore, type StoreProbe } from '../../store/store-checks.ts';
import type { CommandContext } from '../context.ts';
import type { Finding } from './finding.ts';

export interface StoreCheck {
  /** False where the store refuses us: nothing more can be asked of it. */
  readonly isOpen: boolean;
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
  let probe: StoreProbe;
  try {
    probe = await probeStore(store, { signal });
  } catch (error) {
    if (!(error instanceof CainError) || error.code !== 'CAIN_STORE_ACCESS') throw error;
    const finding = { what: error.message, hint: error.hint ?? 'See the S3 settings.' };
    return { isOpen: false, findings: [finding], unsafe: [] };
  }
  // The lifecycle's sentence, where there is one, comes last.
  const lifecycleDetail = probe.lifecycle === 'safe' ? undefined : probe.details.at(-1);
  const unsafe = lifecycleDetail === undefined ? probe.details : probe.details.slice(0, -1);
  if (probe.lifecycle === 'unknown') log.warn('Store check left a question', { detail: lifecycleDetail });
  const ignored = probe.ignored.map((detail) => ({
    what: `The store at ${store.location} does not do what the settings ask for: ${detail}`,
    hint: 'Use a store and a bucket that do, or leave the setting out.',
  }));
  const expiration = probe.lifecycle === 'expires' ? [expirationFinding(lifecycleDetail)] : [];
  if (settings.s3AllowUnsafe) {
    for (const detail of unsafe)
      log.warn('Store is not safe, and CAIN_S3_ALLOW_UNSAFE lets it pass', { detail });
    return { isOpen: true, findings: [...ignored, ...expiration], unsafe };
  }
  const findings = unsafe.map((detail) => ({
    what: `The store at ${store.location} is not safe: ${detail}`,
    hint: 'Use a store with conditional writes and checksums, or accept the risk with CAIN_S3_ALLOW_UNSAFE=true.',
  }));
  return { isOpen: true, findings: [...ignored, ...findings, ...expiration], unsafe: [] };
}

function expirationFinding(detail: string | undefined): Finding {
  return {
    what: `A lifecycle rule of the bucket would delete our objects: ${detail}`,
    hint: 'Narrow or remove that rule; Cain applies its own retention.',
  };
}
