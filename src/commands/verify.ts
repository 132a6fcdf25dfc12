import { CainError } from '../errors.ts';
import type { RunReport } from '../metrics/run-metrics.ts';
import type { Store } from '../store/store.ts';
import { version } from '../version.ts';
import { askCluster } from './ask-cluster.ts';
import { openClusterStore, openSourceStore } from './cluster-store.ts';
import type { CommandContext } from './context.ts';
import { measurePhases, type Phases } from './phases.ts';
import { pushReport } from './push-report.ts';
import { openClusterAccess } from './session.ts';
import { findDamage } from './verify/find-damage.ts';
import { newFindings } from './verify/findings.ts';
import { isHurt, type Outcome } from './verify/outcome.ts';
import { jsonOutcome, textOutcome } from './verify/print-outcome.ts';
import { recordVerdicts } from './verify/record-verdicts.ts';
import { sliceOf } from './verify/slice.ts';
import type { VerifyRun } from './verify/verify-run.ts';

/**
 * Compares backups with what lies in the bucket, and marks the damaged ones. Takes no Lease: it changes nothing but
 * damage records. Ends with CAIN_DAMAGED (exit 5) where anything is missing, shortened or altered.
 */
export async function verify(context: CommandContext): Promise<void> {
  const startedAt = context.now();
  const phases = measurePhases(context);
  let outcome: Outcome | undefined;
  let isSuccess = false;
  let store: Store | undefined;
  let clusterName = context.settings.src?.clusterName ?? '';
  try {
    store = await openBackups(context, (name) => {
      clusterName = name;
    });
    const verified = await verifyChosen(context, store, phases);
    outcome = verified.outcome;
    const { recordError } = verified;
    if (recordError) {
      context.signal.throwIfAborted();
      tellUnrecorded(context, recordError.error);
    }
    throwVerdict(outcome);
    if (recordError) throw recordError.error;
    isSuccess = true;
  } finally {
    await pushReport(context, reportOf(context, { startedAt, phases, outcome, isSuccess }), clusterName);
    store?.close();
  }
}

async function openBackups(context: CommandContext, onName: (name: string) => void): Promise<Store> {
  const source = openSourceStore(context);
  if (source) return source;
  const { probe } = await askCluster(openClusterAccess(context), context.signal);
  onName(probe.clusterName);
  return openClusterStore(context, probe.clusterName);
}

interface Verified {
  readonly outcome: Outcome;
  /** Why what was found, or that it is whole again, could not be written down. */
  readonly recordError?: { readonly error: unknown };
}

async function verifyChosen(context: CommandContext, store: Store, phases: Phases): Promise<Verified> {
  const { settings, log, progress, signal, print } = context;
  const { plan, tag, parallel, retries, full: isFull } = settings;
  const slice = sliceOf(settings.sample, context.now());
  const findings = newFindings();
  const run: VerifyRun = { store, log, progress, signal, isFull, slice, parallel, retries, findings };
  phases.begin('verify');
  const outcome = await findDamage(run, { plan, tag });
  phases.begin('record');
  // What was found is told even where it can't be written down.
  const recordError = await recordVerdicts(run, outcome).then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  if (settings.output === 'json') print(jsonOutcome(outcome));
  else for (const line of textOutcome(store.location, outcome)) print(line);
  return { outcome, ...(recordError ? { recordError } : {}) };
}

/** Damage is worse news, and what the command ends with. */
function tellUnrecorded({ log }: CommandContext, error: unknown): void {
  log.warn('What was found could not be recorded: retention, reuse and `cain list` do not know of it', {
    error,
    hint: 'Verify with credentials that may write damage records (docs/policies/verifier.json).',
  });
}

function throwVerdict(outcome: Outcome): void {
  const { unreadable, unclear } = outcome;
  const hurt = outcome.backups.filter((backup) => isHurt(backup, outcome));
  if (hurt.length + unreadable.length > 0) {
    const what = [
      ...(hurt.length > 0 ? [`${hurt.length} of ${outcome.backups.length} backups damaged`] : []),
      ...(unreadable.length > 0 ? [`${unreadable.length} manifests that are missing or can't be read`] : []),
    ].join(' and ');
    throw new CainError('CAIN_DAMAGED', `Verification found ${what}; the report names each`, {
      hint: 'They fill no slot of retention, and nothing damaged is reused: the next backup stores it anew. Take one soon, and look at who can write to the bucket.',
      fields: { tags: [...hurt.map(({ manifest }) => manifest.tag), ...unreadable.map(({ tag }) => tag)] },
    });
  }
  const [first] = unclear;
  if (first) throw first.error;
}

function reportOf(
  { now }: CommandContext,
  {
    startedAt,
    phases,
    outcome,
    isSuccess,
  }: { startedAt: Date; phases: Phases; outcome: Outcome | undefined; isSuccess: boolean },
): RunReport {
  return {
    operation: 'verify',
    startedAt,
    endedAt: now(),
    isSuccess,
    phases: phases.end(),
    version,
    ...(outcome
      ? {
          verify: {
            backups: outcome.backups.filter(({ isChosen }) => isChosen).length,
            damagedBackups:
              outcome.backups.filter((backup) => isHurt(backup, outcome)).length + outcome.unreadable.length,
            objects: outcome.tally.objects,
            damagedObjects: outcome.damaged.length,
            readBytes: outcome.tally.readBytes,
          },
        }
      : {}),
  };
}
