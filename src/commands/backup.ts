import { randomUUID } from 'node:crypto';
import { midRun } from '../errors.ts';
import { takeLease } from '../kubernetes/lease.ts';
import { claimOwner } from '../retention/owner.ts';
import { knownTags, readCatalogWithDoubts } from '../store/catalog.ts';
import type { StoredObject } from '../store/store.ts';
import { makeTag } from '../store/tag.ts';
import { type BackupReport, createBackupReport } from './backup/backup-report.ts';
import type { BackupRun } from './backup/backup-run.ts';
import { buildManifest } from './backup/build-manifest.ts';
import { checkCoverage } from './backup/check-coverage.ts';
import { chooseTag } from './backup/choose-tag.ts';
import { clearLeftovers } from './backup/clear-leftovers.ts';
import { commitManifest } from './backup/commit.ts';
import { finishCommitted } from './backup/finish-committed.ts';
import { limitAge } from './backup/limit-age.ts';
import {
  putDifferentialMarks,
  putRunRecord,
  putSchemaRecords,
  putSchemaTexts,
  putTopology,
} from './backup/records.ts';
import { oldestReusableTag } from './backup/reuse.ts';
import type { ReuseSources } from './backup/reuse-records.ts';
import { putRoles } from './backup/roles.ts';
import { storeNodes } from './backup/store-nodes.ts';
import { takeSnapshots } from './backup/take-snapshots.ts';
import { tellUnreadable } from './backup/tell-unreadable.ts';
import { withSnapshotsCleared } from './backup/with-snapshots-cleared.ts';
import type { CommandContext } from './context.ts';
import { preflight, surveyAgain } from './preflight/preflight.ts';

/** The nightly run. Ends without an error only for a committed backup; docs/architecture.md tells its ten steps. */
export async function backup(context: CommandContext): Promise<void> {
  const report = createBackupReport(context);
  try {
    await runBackup(context, report);
    report.succeeded();
  } catch (error) {
    report.failed();
    throw error;
  } finally {
    await report.push();
  }
}

async function runBackup(context: CommandContext, report: BackupReport): Promise<void> {
  report.phase('preflight');
  const { access, survey: seen, store, unsafeStore, ways } = await preflight(context, report.cluster);
  try {
    report.phase('lock');
    const lease = await takeLease(access.kubernetes.coordination, {
      namespace: context.settings.namespace,
      clusterName: seen.clusterName,
      holder: context.settings.holder ?? randomUUID(),
      durationMs: context.settings.lockDurationMs,
      waitMs: context.settings.lockWaitMs,
      signal: context.signal,
      log: context.log,
    });
    const age = limitAge(context.settings.pruneGraceMs);
    try {
      const signal = AbortSignal.any([context.signal, lease.lost, age.signal]);
      // What was seen before a long wait may be gone, and what the other run left was not there yet.
      const survey = lease.hasWaited ? await surveyAgain(context, access, seen, signal) : seen;
      report.cluster(survey);
      const hostIds = survey.nodes.map(({ hostId }) => hostId);
      await claimOwner(store, { hostIds, adopt: context.settings.adopt, signal, newId: randomUUID });
      const catalog = await readCatalogWithDoubts(store, signal);
      tellUnreadable(catalog, context.log);
      const clocks = { now: context.now, storeNow: () => store.now({ signal }) };
      const tag = await chooseTag(knownTags(catalog), clocks, signal);
      context.setTag(tag);
      const run: BackupRun = {
        context,
        access,
        survey,
        store,
        ways,
        lease,
        tag,
        startedAt: context.now(),
        signal,
      };
      await runTagged(run, report, unsafeStore);
    } catch (error) {
      throw midRun(error);
    } finally {
      age.stop();
      await lease.release();
    }
  } finally {
    store.close();
  }
}

/** Steps 3 to 10, under the Lease and a tag. Snapshots are cleared however it ends. */
async function runTagged(
  run: BackupRun,
  report: BackupReport,
  unsafeStore: readonly string[],
): Promise<void> {
  const { context, survey, store, lease } = run;
  const { settings, log } = context;
  report.phase('clear-leftovers');
  const earlier = await readCatalogWithDoubts(store, run.signal);
  const fencedTags = await clearLeftovers(run, earlier).catch((error: unknown) => {
    report.cleaned(false);
    throw error;
  });

  const committed = await withSnapshotsCleared(run, report, async () => {
    report.phase('snapshot');
    let runRecord: StoredObject | undefined;
    const state = await takeSnapshots(run, async (before) => {
      report.ring(before.ring);
      checkCoverage(survey, before.ring, before.keyspaces, settings.coverage, log);
      // First of all: what nobody has a record of nobody would ever clear.
      runRecord = await putRunRecord(run, before, runRecord);
      await putSchemaTexts(run, before.descriptions);
    });

    report.phase('transfer');
    // Read only now: a sweep that began before our run record was there can't have missed it any more.
    const catalog = await readCatalogWithDoubts(store, run.signal);
    const sources: ReuseSources = { catalog, fencedTags, ...oldestTagOf(run) };
    const isFull = settings.full || (catalog.backups.length === 0 && fencedTags.length === 0);
    await putDifferentialMarks(run, state.descriptions);
    const stored = await storeNodes(run, { state, reuse: isFull ? undefined : sources, isFull });

    report.phase('commit');
    const manifest = buildManifest(run, {
      state,
      stored,
      catalog,
      isFull,
      coverage: checkCoverage(survey, state.ring, state.keyspaces, settings.coverage),
      topology: await putTopology(run, state),
      schema: await putSchemaRecords(run, state, stored.schemaTexts),
      roles: await putRoles(run, state.roles),
      unsafeStore,
    });
    run.signal.throwIfAborted();
    await lease.confirm();
    await commitManifest(store, manifest, {
      startedAt: run.startedAt,
      now: context.now(),
      pruneGraceMs: settings.pruneGraceMs,
      log,
    });
    report.committed(manifest, stored);
    log.info('Committed the backup', { ...report.summary(), coverage: manifest.coverage });
    return { state, isFull };
  });

  report.phase('prune');
  const aftermath = await finishCommitted(run, committed.state, committed.isFull);
  report.cleaned(aftermath.cleanupSucceeded);
  report.finished(aftermath);
}

function oldestTagOf({ tag, context }: BackupRun): { oldestTag?: string } {
  const oldestTag = oldestReusableTag(tag, context.settings.reuseMaxAgeMs, makeTag);
  return oldestTag === undefined ? {} : { oldestTag };
}
