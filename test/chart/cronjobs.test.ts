import { expect } from 'chai';
import { exitCodes } from '../../src/exit-codes.ts';
import { nextRun, parseSchedule } from '../../src/metrics/schedule.ts';
import { type CronJob, isCronJob } from '../support/chart/kubernetes-object.ts';
import { ciFiles, needHelm, renderChart, valuesOf } from '../support/chart/render-chart.ts';

const cronJobsOf = (args: readonly string[]) => renderChart(args).filter(isCronJob);
const cronJob = (args: readonly string[], end: string) =>
  cronJobsOf(args).find(({ metadata }) => metadata.name.endsWith(end)) as CronJob;
const environmentOf = ({ spec }: CronJob) =>
  Object.fromEntries(
    (spec.jobTemplate.spec.template.spec.containers[0]?.env ?? []).map(({ name, value }) => [name, value]),
  );

describe('the CronJobs of the chart', function () {
  this.timeout(60_000);
  before(needHelm);

  it('are one a plan, one template for restores and one for lists', () => {
    const names = cronJobsOf(valuesOf('other-namespace-values.yaml')).map(({ metadata }) => metadata.name);

    expect(names).to.have.members([
      'nightly-cain-backup-ledger',
      'nightly-cain-backup-nightly',
      'nightly-cain-restore',
      'nightly-cain-list',
    ]);
  });

  it('tell the program schedule and time zone as the CronJob has them', () => {
    const scheduled = ciFiles
      .flatMap((file) => cronJobsOf(valuesOf(file)))
      .filter(({ spec }) => !spec.suspend);

    expect(scheduled).to.have.length.of.at.least(ciFiles.length);
    for (const each of scheduled) {
      const { CAIN_SCHEDULE, CAIN_TIME_ZONE } = environmentOf(each);
      expect([CAIN_SCHEDULE, CAIN_TIME_ZONE]).to.deep.equal([each.spec.schedule, each.spec.timeZone]);
      expect(() => parseSchedule(each.spec.schedule, each.spec.timeZone)).to.not.throw();
    }
  });

  it('end before the next run is due, however short the plan', () => {
    const hourly = cronJob(valuesOf('other-namespace-values.yaml'), 'backup-ledger');
    const nightly = cronJob([], 'backup-default');

    expect(hourly.spec.jobTemplate.spec.activeDeadlineSeconds).to.be.lessThan(3600);
    expect(nightly.spec.jobTemplate.spec.activeDeadlineSeconds).to.be.lessThan(86_400);
  });

  it('give restores all the time that they take, and whoever asks for it', () => {
    const unlimited = [
      cronJob([], 'cain-restore'),
      cronJob(valuesOf('everything-values.yaml'), 'backup-default'),
    ];

    for (const { spec } of unlimited)
      expect(spec.jobTemplate.spec).to.not.have.property('activeDeadlineSeconds');
  });

  it('take 0 from a plan where the default is another number', () => {
    const { spec } = cronJob(valuesOf('other-namespace-values.yaml'), 'backup-ledger');

    expect(spec.jobTemplate.spec.backoffLimit).to.equal(0);
    expect(spec.startingDeadlineSeconds).to.equal(600);
  });

  it('fail at once on each exit code that no retry mends, and on no other', () => {
    const atOnce = exitCodes
      .filter(({ code, job }) => code !== 0 && job !== 'try again')
      .map(({ code }) => code);
    for (const { spec } of cronJobsOf(valuesOf('everything-values.yaml'))) {
      const [failing, ...others] = spec.jobTemplate.spec.podFailurePolicy.rules;

      expect(failing).to.deep.equal({
        action: 'FailJob',
        onExitCodes: { containerName: 'cain', operator: 'In', values: atOnce },
      });
      expect(others.map(({ action }) => action)).to.deep.equal(['Ignore']);
    }
  });

  it('keep a suspended plan suspended', () => {
    expect(cronJob(valuesOf('everything-values.yaml'), 'backup-weekly-full').spec.suspend).to.equal(true);
  });
});

for (const file of ciFiles) {
  describe(`the templates for Jobs of ci/${file}`, function () {
    this.timeout(60_000);
    before(needHelm);

    for (const end of ['restore', 'list']) {
      it(`never run ${end} by themselves`, () => {
        const { spec } = cronJob(valuesOf(file), end);

        expect(spec.suspend).to.equal(true);
        expect(nextRun(parseSchedule(spec.schedule), new Date())).to.equal(undefined);
      });

      it(`try ${end} once`, () => {
        expect(cronJob(valuesOf(file), end).spec.jobTemplate.spec.backoffLimit).to.equal(0);
      });
    }

    it('hold neither a tag nor a confirmation, nor a schedule that metrics would tell', () => {
      expect(environmentOf(cronJob(valuesOf(file), 'restore'))).to.not.have.any.keys(
        'CAIN_TAG',
        'CAIN_RESTORE_CONFIRM',
        'CAIN_RESTORE_ID',
        'CAIN_SCHEDULE',
      );
    });
  });
}

describe('the plan of a restore', function () {
  this.timeout(60_000);
  before(needHelm);

  it('is the default one', () => {
    expect(environmentOf(cronJob(valuesOf('everything-values.yaml'), 'restore')).CAIN_PLAN).to.equal(
      'default',
    );
  });

  it('is the first where there is no default one', () => {
    expect(environmentOf(cronJob(valuesOf('other-namespace-values.yaml'), 'restore')).CAIN_PLAN).to.equal(
      'ledger',
    );
  });
});
