import { findDamage } from '../../src/commands/verify/find-damage.ts';
import { newFindings } from '../../src/commands/verify/findings.ts';
import type { Outcome } from '../../src/commands/verify/outcome.ts';
import { recordVerdicts } from '../../src/commands/verify/record-verdicts.ts';
import type { VerifyRun } from '../../src/commands/verify/verify-run.ts';
import type { Progress } from '../../src/progress.ts';
import type { Store } from '../../src/store/store.ts';
import type { MemoryStore } from './memory-store.ts';
import { recordLog } from './recording-log.ts';

const never = new AbortController().signal;

export interface VerifyOptions extends Partial<VerifyRun> {
  readonly tag?: string;
  readonly plan?: string;
}

/** What `cain verify` does between opening the bucket and printing. */
export async function runVerify(store: Store, options: VerifyOptions = {}): Promise<Outcome> {
  const { tag, plan = 'default', ...rest } = options;
  const run: VerifyRun = {
    store,
    log: recordLog(),
    progress: silentProgress,
    signal: never,
    isFull: false,
    slice: undefined,
    parallel: 4,
    retries: 0,
    findings: newFindings(),
    ...rest,
  };
  const outcome = await findDamage(run, { tag, plan });
  await recordVerdicts(run, outcome);
  return outcome;
}

const silentProgress: Progress = {
  setPhase() {},
  addNode() {},
  advance() {},
  retract() {},
  finishNode() {},
};

/** Bits that fell over on a disk of the store: it still tells the ETag and the CRC-32 that it once computed. */
export function rot(store: MemoryStore, key: string): void {
  const object = store.objects.get(key);
  if (!object) throw new Error(`There is no ${key}`);
  const bytes = Buffer.from(object.bytes);
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  store.objects.set(key, { ...object, bytes });
}
