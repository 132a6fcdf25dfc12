import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { chartDir } from '../../scripts/chart/helm.ts';
import { metricTable } from '../../src/metrics/metric-table.ts';
import { intervalSeconds, parseSchedule } from '../../src/metrics/schedule.ts';
import { alertCases, promtoolTest } from '../support/chart/alert-case.ts';
import { alertRules } from '../support/chart/alert-rules.ts';
import { needPromtool, runPromtool } from '../support/chart/promtool.ts';
import { needHelm } from '../support/chart/render-chart.ts';

const alerts = readdirSync(join(chartDir, 'alerts')).map((file) => file.replace(/\.yaml$/, ''));
const runbook = (alert: string) => join(chartDir, '../../docs/runbooks', `${alert}.md`);

const seconds: Readonly<Record<string, number>> = { h: 3600, d: 86_400 };
const secondsOf = (duration: string) =>
  Number.parseInt(duration, 10) * (seconds[duration.slice(-1)] ?? Number.NaN);

describe('the alerts of the chart', function () {
  this.timeout(60_000);
  before(needHelm);

  it('are rendered, one for each file', () => {
    expect(alertRules().map(({ alert }) => alert)).to.deep.equal(alerts);
  });

  it('say what is wrong, how bad it is and where the runbook lies', () => {
    for (const { alert, labels, annotations } of alertRules()) {
      expect(labels.severity, alert).to.be.oneOf(['warning', 'critical']);
      expect(annotations, alert).to.have.all.keys('summary', 'description', 'runbook_url');
      expect(annotations.runbook_url).to.equal(`docs/runbooks/${alert}.md`);
    }
  });

  it('ask for metrics that the program pushes, or that others are known for', () => {
    const pushed = new Set(metricTable.map(({ name }) => name));
    const asked = alertRules().flatMap(({ expr }) => expr.match(/\bcain_\w+/g) ?? []);

    expect(asked).to.have.length.of.at.least(10);
    expect(asked.filter((name) => !pushed.has(name))).to.deep.equal([]);
  });

  it('leave no word of the chart in their texts', () => {
    for (const rule of alertRules()) {
      expect(JSON.stringify(rule), rule.alert).to.not.match(/%[a-zA-Z_ ]+%/);
    }
  });

  it('are left out by name', () => {
    const names = alertRules([
      'metrics.prometheusRule.enabled=true',
      'metrics.pushgateway.url=http://pushgateway',
      'metrics.prometheusRule.excludeRules={CainBackupSizeFell,CainBackupSlow}',
    ]).map(({ alert }) => alert);

    expect(names).to.include('CainBackupMissing');
    expect(names).to.not.include.members(['CainBackupSizeFell', 'CainBackupSlow', 'CainVerifyOld']);
  });

  it('ask nothing of a Pushgateway that is not there', () => {
    const rules = alertRules(['metrics.prometheusRule.enabled=true']);

    expect(rules).to.have.length.of.at.least(3);
    expect(rules.filter(({ expr }) => !expr.includes('kube_'))).to.deep.equal([]);
  });

  describe('of a plan that nothing was heard of', () => {
    const enabled = ['metrics.prometheusRule.enabled=true', 'metrics.pushgateway.url=http://pushgateway'];
    const absent = (...values: string[]) =>
      alertRules([...enabled, ...values]).filter(({ alert }) => alert === 'CainBackupAbsent');

    for (const schedule of [
      ...['0 2 * * *', '*/15 * * * *', '@daily', '@hourly', '@every 6h', '@every 36h', '@every 4000m'],
      ...['0 4 * * 0', '0 4 * * 1-5', '@weekly', '0 4 1 * *', '@monthly', '0 4 31 * *', '0 4 29 * ?'],
      ...['0 4 1 1 *', '0 4 1 */3 *', '@yearly', '@annually'],
    ]) {
      it(`waits longer than "${schedule}" does`, () => {
        const [rule] = absent(`backups.default.schedule=${schedule.replaceAll(',', '\\,')}`);
        const longest = intervalSeconds(parseSchedule(schedule), new Date('2026-01-01T00:00:00Z')) ?? 0;

        expect(secondsOf(rule?.for ?? '')).to.be.greaterThan(longest);
      });
    }

    it('are one for each plan, with a time of its own where that is said', () => {
      const rules = absent('backups.weekly.schedule=@weekly', 'backups.weekly.absentFor=10d');

      expect(rules.map((rule) => rule.for)).to.deep.equal(['26h', '10d']);
      expect(rules.map(({ labels }) => labels.plan)).to.deep.equal(['default', 'weekly']);
      expect(rules[1]?.expr).to.include('plan="weekly"');
      expect(rules[1]?.annotations.description).to.match(/^For 10d no metric/);
    });

    it('leave out a plan that is suspended', () => {
      const rules = absent('backups.weekly.schedule=@weekly', 'backups.weekly.suspend=true');

      expect(rules.map(({ expr }) => expr.match(/plan="(.*?)"/)?.[1])).to.deep.equal(['default']);
      expect(absent('job.suspend=true')).to.deep.equal([]);
    });
  });

  it('look at the CronJobs that run, never at the templates', () => {
    const [rule] = alertRules(['metrics.prometheusRule.enabled=true', 'backups.hourly.schedule=@hourly']);

    expect(rule?.expr).to.include('cronjob=~"nightly-cain-backup-default|nightly-cain-backup-hourly"');
  });
});

describe('the runbooks', () => {
  for (const alert of alerts) {
    it(`tell meaning, impact, diagnosis and mitigation of ${alert}`, () => {
      expect(existsSync(runbook(alert)), runbook(alert)).to.equal(true);
      const headings = readFileSync(runbook(alert), 'utf8').match(/^#+ .*$/gm);

      expect(headings).to.deep.equal([
        `# ${alert}`,
        '## Meaning',
        '## Impact',
        '## Diagnosis',
        '## Mitigation',
      ]);
    });
  }

  it('are of alerts that exist', () => {
    const pages = readdirSync(join(chartDir, '../../docs/runbooks')).map((file) => file.replace(/\.md$/, ''));

    expect(pages).to.have.members(alerts);
  });
});

describe('the rules in Prometheus', function () {
  this.timeout(60_000);
  before(async function () {
    needHelm.call(this);
    await needPromtool.call(this);
  });

  it('pass promtool check rules', async () => {
    const { code, stdout, stderr } = await runPromtool(alertRules());

    expect(code, stdout + stderr).to.equal(0);
  });

  for (const alert of alerts) {
    describe(alert, () => {
      const cases = alertCases(alert);
      // Alone: promtool evaluates every rule it is given, for days of its time.
      const rule = () => alertRules().filter((each) => each.alert === alert);

      it('has cases in which it fires and cases in which it does not', () => {
        expect(cases.some(({ fires }) => fires.length > 0)).to.equal(true);
        expect(cases.some(({ fires }) => fires.length === 0)).to.equal(true);
      });

      for (const each of cases) {
        it(each.name, async () => {
          const { code, stdout, stderr } = await runPromtool(
            rule(),
            [promtoolTest(alert, each)],
            each.interval,
          );

          expect(code, stdout + stderr).to.equal(0);
        });
      }

      it('has texts that can be read', async () => {
        const firing = cases.find(({ fires }) => fires.length > 0);
        if (!firing) throw new Error('no case in which it fires');
        // An expectation that fails makes promtool print what the alert says.
        const test = {
          ...promtoolTest(alert, firing),
          promql_expr_test: [],
          alert_rule_test: [{ eval_time: firing.at, alertname: alert, exp_alerts: [] }],
        };

        const { stdout, stderr } = await runPromtool(rule(), [test], firing.interval);
        const said = stdout + stderr;
        expect(said).to.match(/got:\[/);
        expect(said).to.not.match(/<error|<no value>|\{\{/);
        expect(said).to.not.match(/ (of|cluster|plan|CronJob) (?=[(.]|\\?")/);
      });
    });
  }
});
