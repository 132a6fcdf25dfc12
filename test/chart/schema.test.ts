import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { chartDir, helm } from '../../scripts/chart/helm.ts';
import { parseSchedule } from '../../src/metrics/schedule.ts';
import { needHelm } from '../support/chart/render-chart.ts';

interface Schema {
  readonly type?: unknown;
  readonly additionalProperties?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly definitions?: Readonly<Record<string, Schema>>;
  readonly pattern?: string;
}

const schema = JSON.parse(readFileSync(join(chartDir, 'values.schema.json'), 'utf8')) as Schema & {
  readonly $schema: string;
};

const goodSchedules = [
  '0 2 * * *',
  '*/15 * * * *',
  '5 4 1,15 * mon-fri',
  '0 0 1 JAN ?',
  '10-50/10 8-18 * * 1-5',
  '@daily',
  '@midnight',
  '@every 6h',
  '@every 1h30m',
];
const badSchedules = [
  'nightly',
  '* * * *',
  '0 2 * * * *',
  '60 2 * * *',
  '0 24 * * *',
  '0 0 32 * *',
  '0 0 * 13 *',
  '0 0 * * 7',
  '0 0 * * L',
  '0 0 * * 1#2',
  'TZ=UTC 0 2 * * *',
  '@nightly',
  '@every 6',
  '@reboot',
];

describe('the schema of the values', () => {
  it('is draft-07 and lets no unknown key pass', () => {
    const closed = (each: Schema): boolean =>
      (!each.properties || each.additionalProperties === false) &&
      Object.values(each.properties ?? {}).every(closed) &&
      Object.values(each.definitions ?? {}).every(closed);

    expect(schema.$schema).to.equal('http://json-schema.org/draft-07/schema#');
    expect(closed(schema)).to.equal(true);
  });

  it('knows schedules as the program does', () => {
    const pattern = new RegExp(schema.definitions?.schedule?.pattern ?? '');

    expect(goodSchedules.filter((schedule) => !pattern.test(schedule))).to.deep.equal([]);
    expect(badSchedules.filter((schedule) => pattern.test(schedule))).to.deep.equal([]);
    for (const schedule of goodSchedules) expect(() => parseSchedule(schedule)).to.not.throw();
    for (const schedule of badSchedules) expect(() => parseSchedule(schedule), schedule).to.throw();
  });
});

describe('helm with values that are wrong', function () {
  this.timeout(60_000);
  before(needHelm);

  const template = (...args: string[]) =>
    helm(['template', 'nightly'], ['--set', 's3.destination=s3://bucket/prefix', ...args]);

  const refused: ReadonlyArray<readonly [what: string, set: string, says: RegExp]> = [
    ['a typo', 's3.destnation=s3://b', /destnation/],
    ['a typo in a plan', 'backups.default.shedule=@daily', /shedule/],
    [
      'a schedule that no CronJob takes',
      'backups.default.schedule=0 2 * * * *',
      /backups.default.schedule|\/backups\/default\/schedule/,
    ],
    ['a plan without a schedule', 'backups.weekly.keep.last=3', /schedule/],
    ['a destination that is no S3 URL', 's3.destination=gs://bucket', /destination/],
    ['a setting that does not exist', 'settings.CAIN_PARALEL=8', /CAIN_PARALEL/],
    ['a secret among the settings', 'settings.CAIN_CASSANDRA_PASSWORD=x', /CAIN_CASSANDRA_PASSWORD/],
    [
      'a confirmation in the template',
      'restore.settings.CAIN_RESTORE_CONFIRM=x/20260101020000',
      /CAIN_RESTORE_CONFIRM/,
    ],
    ['a tag in the template', 'restore.settings.CAIN_TAG=latest', /CAIN_TAG/],
    ['a retention of nothing', 'backups.default.keep.daily=0', /daily/],
    ['an alert that does not exist', 'metrics.prometheusRule.excludeRules={CainBackupSlo}', /excludeRules/],
    [
      'a drill of no plan',
      'drill.enabled=true,drill.plan=nightly',
      /drill\.plan is "nightly".*there are default/,
    ],
    ['a verify of no plan', 'verify.enabled=true,verify.plan=nightly', /verify\.plan is "nightly"/],
    ['restores of no plan', 'restore.plan=nightly', /restore\.plan is "nightly"/],
    [
      'rights for every pod of the namespace',
      'serviceAccount.create=false',
      /serviceAccount\.name is empty.*rbac\.create/,
    ],
    ['a Pushgateway login in the URL', 'metrics.pushgateway.url=http://me:secret@host', /url/],
  ];
  for (const [what, set, says] of refused) {
    it(`refuses ${what}`, () => {
      const { isSuccess, stderr } = template('--set', set);

      expect(isSuccess).to.equal(false);
      expect(stderr).to.match(says);
    });
  }

  it('lets a release without plans restore those of another', () => {
    const { isSuccess, stderr } = template('--set', 'backups.default=null,restore.plan=nightly');

    expect(isSuccess, stderr).to.equal(true);
  });

  it('takes the service account of others by its name, or without rights', () => {
    for (const set of ['serviceAccount.name=backup', 'rbac.create=false']) {
      const { isSuccess, stderr } = template('--set', `serviceAccount.create=false,${set}`);

      expect(isSuccess, stderr).to.equal(true);
    }
  });

  it('says what to do when the destination is missing', () => {
    const { isSuccess, stderr } = helm(['template', 'nightly'], []);

    expect(isSuccess).to.equal(false);
    expect(stderr).to.include('s3.destination is not set: give s3://<bucket>/<prefix>');
  });

  it('refuses a Kubernetes that is too old', () => {
    const { isSuccess, stderr } = template('--kube-version=1.28.0');

    expect(isSuccess).to.equal(false);
    expect(stderr).to.include('requires kubeVersion');
  });
});
