import { expect } from 'chai';
import { type RunReport, runMetrics } from '../../../src/metrics/run-metrics.ts';

const bare: RunReport = {
  operation: 'backup',
  startedAt: new Date('2026-11-22T02:00:00.000Z'),
  endedAt: new Date('2026-11-22T02:10:00.500Z'),
  isSuccess: true,
  phases: {},
  version: '1.2.3',
};

const full: RunReport = {
  ...bare,
  phases: { snapshot: 3.5, transfer: 500 },
  bytes: 1000,
  uploadedBytes: 300,
  reusedBytes: 700,
  files: 12,
  nodesExpected: 3,
  nodesSucceeded: 2,
  retainedBackups: 5,
  oldestRestorable: new Date('2026-10-01T02:00:00Z'),
  prune: { deletedBackups: 1, deletedBytes: 99, isSuccess: true, isHeldBack: false },
  cleanupSucceeded: true,
  schedule: { intervalSeconds: 86_400, nextRun: new Date('2026-11-23T02:00:00Z') },
  tables: 4,
};

/** The sample lines by series. */
async function samples(report: RunReport): Promise<Record<string, number>> {
  const lines = (await runMetrics(report).metrics()).split('\n').filter((line) => /^[^#]/.test(line));
  return Object.fromEntries(
    lines.map((line) => {
      const [series = '', value] = line.split(' ');
      return [series, Number(value)];
    }),
  );
}

describe('runMetrics', () => {
  it('tells all of a backup', async () => {
    expect(await samples(full)).to.deep.equal({
      cain_backup_last_success_timestamp_seconds: 1795313400.5,
      cain_backup_last_run_timestamp_seconds: 1795313400.5,
      cain_backup_last_run_success: 1,
      cain_backup_duration_seconds: 600.5,
      'cain_backup_phase_duration_seconds{phase="snapshot"}': 3.5,
      'cain_backup_phase_duration_seconds{phase="transfer"}': 500,
      cain_backup_bytes: 1000,
      cain_backup_uploaded_bytes: 300,
      cain_backup_reused_bytes: 700,
      cain_backup_files: 12,
      cain_backup_nodes_expected: 3,
      cain_backup_nodes_succeeded: 2,
      cain_backups_retained: 5,
      cain_oldest_restorable_timestamp_seconds: 1790820000,
      cain_prune_last_run_timestamp_seconds: 1795313400.5,
      cain_prune_last_run_success: 1,
      cain_prune_held_back: 0,
      cain_prune_deleted_backups: 1,
      cain_prune_deleted_bytes: 99,
      cain_cleanup_last_run_success: 1,
      cain_schedule_interval_seconds: 86400,
      cain_schedule_next_run_timestamp_seconds: 1795399200,
      'cain_build_info{version="1.2.3"}': 1,
    });
  });

  it('tells of a prune what concerns it', async () => {
    const prune = { deletedBackups: 0, deletedBytes: 0, isSuccess: false, isHeldBack: true };

    expect(await samples({ ...full, operation: 'prune', prune })).to.deep.equal({
      cain_backups_retained: 5,
      cain_oldest_restorable_timestamp_seconds: 1790820000,
      cain_prune_last_run_timestamp_seconds: 1795313400.5,
      cain_prune_last_run_success: 0,
      cain_prune_held_back: 1,
      cain_prune_deleted_backups: 0,
      cain_prune_deleted_bytes: 0,
      'cain_build_info{version="1.2.3"}': 1,
    });
  });

  it('tells of a restore what concerns it', async () => {
    expect(await samples({ ...full, operation: 'restore', isSuccess: false })).to.deep.equal({
      cain_restore_last_run_timestamp_seconds: 1795313400.5,
      cain_restore_last_run_success: 0,
      cain_restore_duration_seconds: 600.5,
      cain_restore_bytes: 1000,
      cain_restore_files: 12,
      cain_restore_tables: 4,
      cain_restore_nodes_succeeded: 2,
      'cain_restore_phase_duration_seconds{phase="snapshot"}': 3.5,
      'cain_restore_phase_duration_seconds{phase="transfer"}': 500,
      'cain_build_info{version="1.2.3"}': 1,
    });
  });

  it('tells of a drill what concerns it, and nothing of restores', async () => {
    expect(await samples({ ...full, operation: 'drill' })).to.deep.equal({
      cain_drill_last_success_timestamp_seconds: 1795313400.5,
      cain_drill_last_run_timestamp_seconds: 1795313400.5,
      cain_drill_last_run_success: 1,
      cain_drill_duration_seconds: 600.5,
      cain_drill_bytes: 1000,
      'cain_build_info{version="1.2.3"}': 1,
    });
  });

  it('says nothing of what the report leaves out, nor of the last success when it failed', async () => {
    expect(await samples({ ...bare, isSuccess: false, cleanupSucceeded: false })).to.deep.equal({
      cain_backup_last_run_timestamp_seconds: 1795313400.5,
      cain_backup_last_run_success: 0,
      cain_backup_duration_seconds: 600.5,
      cain_cleanup_last_run_success: 0,
      'cain_build_info{version="1.2.3"}': 1,
    });
  });

  it('declares no metric that has no sample, for the Pushgateway would drop the old ones', async () => {
    const text = await runMetrics({ ...bare, isSuccess: false }).metrics();

    expect(text).not.to.match(/last_success|phase_duration|cain_backup_bytes|cain_prune/);
  });

  it('makes no negative duration of a clock that was set back', async () => {
    const endedAt = new Date(bare.startedAt.getTime() - 1000);

    expect(await samples({ ...bare, endedAt })).to.include({ cain_backup_duration_seconds: 0 });
  });

  it('gives each run a registry of its own', async () => {
    const before = await samples(bare);
    await samples(full);

    expect(await samples(bare)).to.deep.equal(before);
  });
});
