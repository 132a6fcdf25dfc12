import { expect } from 'chai';
import { createBackupReport } from '../../../../src/commands/backup/backup-report.ts';
import type { CommandContext } from '../../../../src/commands/context.ts';
import { silentProgress, surveyOf } from '../../../support/backup-run.ts';
import { type PushTarget, startPushTarget } from '../../../support/push-target.ts';
import { recordLog } from '../../../support/recording-log.ts';

describe('createBackupReport', () => {
  let target: PushTarget;

  beforeEach(async () => {
    target = await startPushTarget();
  });
  afterEach(() => target.close());

  function start() {
    const log = recordLog();
    const settings = {
      pushgatewayUrl: target.url,
      metricsJob: 'cain',
      namespace: 'cassandra',
      plan: 'default',
    };
    const context = { settings, log, progress: silentProgress, now: () => new Date() };
    return { log, report: createBackupReport(context as unknown as CommandContext) };
  }

  const pushed = (name: string) => new RegExp(`^${name} (.*)$`, 'm').exec(target.pushes[0]?.body ?? '')?.[1];

  it('pushes the failure of a run that preflight refused, and nothing of a clean-up that was never tried', async () => {
    const { report } = start();
    report.phase('preflight');
    report.cluster(surveyOf({ 'pod-0': ['/data'] }));
    report.failed();

    await report.push();

    expect(target.pushes[0]?.path).to.contain('cluster');
    expect(pushed('cain_backup_last_run_success')).to.equal('0');
    expect(pushed('cain_cleanup_last_run_success')).to.equal(undefined);
  });

  it('says in the log that nothing can be pushed without the name of the cluster', async () => {
    const { report, log } = start();
    report.failed();

    await report.push();

    expect(target.pushes).to.deep.equal([]);
    expect(log.messages('warn')).to.deep.equal([
      'Metrics are not pushed: no node told the name of its cluster',
    ]);
  });

  it('calls a clean-up failed when one part of it was', async () => {
    const { report } = start();
    report.cluster(surveyOf({ 'pod-0': ['/data'] }));
    report.cleaned(false);
    report.cleaned(true);

    await report.push();

    expect(pushed('cain_cleanup_last_run_success')).to.equal('0');
  });

  it('expects every member of the ring that owns ranges, pod or not', async () => {
    const { report } = start();
    const member = (hostId: string, tokens: string[]) => ({
      hostId,
      address: '',
      dataCenter: '',
      rack: '',
      tokens,
    });
    report.cluster(surveyOf({ 'pod-0': ['/data'] }));
    report.ring({ nodes: [member('a', ['1']), member('b', ['2']), member('coordinator', [])] });

    await report.push();

    expect(pushed('cain_backup_nodes_expected')).to.equal('2');
  });

  it('tells each step as it begins', () => {
    const { report, log } = start();
    report.phase('snapshot');

    expect(log.lines).to.deep.equal([
      { level: 'info', message: 'Began a step', fields: { phase: 'snapshot' } },
    ]);
  });
});
