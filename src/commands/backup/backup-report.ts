import type { Ring } from '../../cassandra/ring.ts';
import type { RunReport } from '../../metrics/run-metrics.ts';
import { parseSchedule, scheduleReport } from '../../metrics/schedule.ts';
import type { Manifest } from '../../store/manifest.ts';
import { version } from '../../version.ts';
import type { CommandContext } from '../context.ts';
import { measurePhases } from '../phases.ts';
import type { ClusterSurvey } from '../preflight/survey-cluster.ts';
import { pushReport } from '../push-report.ts';
import type { Aftermath } from './finish-committed.ts';
import type { StoredNodes } from './store-nodes.ts';

export interface BackupReport {
  /** A step begins: its time is measured, and the terminal shows it. */
  phase(name: string): void;
  /** As soon as it is known: also where a finding then ends the run. */
  cluster(survey: ClusterSurvey): void;
  /** Its members are what a backup has to save, pods or not. */
  ring(ring: Pick<Ring, 'nodes'>): void;
  committed(manifest: Manifest, stored: StoredNodes): void;
  finished(aftermath: Aftermath): void;
  /** Snapshots, uploads or records were to go, and did or did not. A run that never came to it says nothing of them. */
  cleaned(isDone: boolean): void;
  succeeded(): void;
  failed(): void;
  /** For the log: what the committed backup holds. */
  summary(): Readonly<Record<string, unknown>>;
  /** To the Pushgateway, where one is set; a push that fails is a warning. */
  push(): Promise<void>;
}

/** Gathers what a backup did, for its last log line and its metrics, whatever happens to it. */
export function createBackupReport(context: CommandContext): BackupReport {
  const startedAt = context.now();
  const phases = measurePhases(context);
  let clusterName = '';
  let facts: Partial<RunReport> = {};
  let isSuccess = false;
  let cleanupSucceeded: boolean | undefined;

  return {
    phase: phases.begin,
    cluster(survey) {
      clusterName = survey.clusterName;
      facts = { ...facts, nodesExpected: survey.nodes.length + survey.absent.length, nodesSucceeded: 0 };
    },
    ring({ nodes }) {
      facts = { ...facts, nodesExpected: nodes.filter(({ tokens }) => tokens.length > 0).length };
    },
    committed(manifest, { nodes }) {
      const sum = (of: (node: StoredNodes['nodes'][number]) => number) =>
        nodes.reduce((total, node) => total + of(node), 0);
      facts = {
        ...facts,
        nodesSucceeded: nodes.length,
        bytes: sum(({ node }) => node.bytes),
        uploadedBytes: sum(({ node }) => node.uploadedBytes),
        reusedBytes: sum(({ reusedBytes }) => reusedBytes),
        files: sum(({ node }) => node.files),
      };
      isSuccess = manifest.nodes.length === nodes.length;
    },
    finished({ prune }) {
      facts = {
        ...facts,
        prune: {
          deletedBackups: prune?.deletedBackups ?? 0,
          deletedBytes: prune?.deletedBytes ?? 0,
          isSuccess: prune?.isSuccess ?? false,
          isHeldBack: prune?.isHeldBack ?? false,
        },
        ...(prune ? { retainedBackups: prune.retainedBackups } : {}),
        ...(prune?.oldestRestorable ? { oldestRestorable: prune.oldestRestorable } : {}),
      };
    },
    cleaned(isDone) {
      cleanupSucceeded = (cleanupSucceeded ?? true) && isDone;
    },
    succeeded() {
      isSuccess = true;
    },
    failed() {
      isSuccess = false;
    },
    summary: () => ({
      nodes: facts.nodesSucceeded,
      files: facts.files,
      bytes: facts.bytes,
      uploadedBytes: facts.uploadedBytes,
      reusedBytes: facts.reusedBytes,
      seconds: Math.round((context.now().getTime() - startedAt.getTime()) / 1000),
    }),
    async push() {
      const report: RunReport = {
        operation: 'backup',
        startedAt,
        endedAt: context.now(),
        isSuccess,
        phases: phases.end(),
        cleanupSucceeded,
        version,
        ...facts,
        ...scheduleFacts(context),
      };
      await pushReport(context, report, clusterName);
    },
  };
}

function scheduleFacts({ settings, now }: CommandContext): Pick<RunReport, 'schedule'> {
  return settings.schedule
    ? { schedule: scheduleReport(parseSchedule(settings.schedule, settings.timeZone), now()) }
    : {};
}
