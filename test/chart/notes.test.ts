import { cpSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { chartDir, helm } from '../../scripts/chart/helm.ts';
import { isCronJob } from '../support/chart/kubernetes-object.ts';
import { ciFiles, needHelm, parseObjects, renderChart, valuesOf } from '../support/chart/render-chart.ts';

/** helm shows notes only when it installs, so a copy of the chart renders them as an object. */
function notesOf(args: readonly string[]): string {
  const dir = mkdtempSync(join(tmpdir(), 'cain-notes-'));
  try {
    cpSync(chartDir, dir, { recursive: true });
    renameSync(join(dir, 'templates/NOTES.txt'), join(dir, 'NOTES.txt'));
    const template =
      '{{ dict "kind" "Notes" "data" (dict "text" (tpl (.Files.Get "NOTES.txt") .)) | toYaml }}\n';
    writeFileSync(join(dir, 'templates/notes.yaml'), template);
    const set = ['--namespace=backups', '--set', 's3.destination=s3://default/prefix', ...args];
    const { isSuccess, stdout, stderr } = helm(
      ['template', 'nightly', '--show-only=templates/notes.yaml'],
      set,
      dir,
    );
    if (!isSuccess) throw new Error(`helm template failed: ${stderr}`);
    return parseObjects(stdout)[0]?.data?.text ?? '';
  } finally {
    rmSync(dir, { recursive: true });
  }
}

describe('the notes after an installation', function () {
  this.timeout(60_000);
  before(needHelm);

  for (const file of ciFiles) {
    it(`name CronJobs that are there, with ci/${file}`, () => {
      const names = renderChart(valuesOf(file))
        .filter(isCronJob)
        .map(({ metadata }) => metadata.name);

      const notes = notesOf(valuesOf(file));
      const named = [...notes.matchAll(/--from=cronjob\/(\S+)/g)].map(([, name]) => name);
      expect(named).to.have.lengthOf(3);
      expect(named.filter((name) => !names.includes(name ?? ''))).to.deep.equal([]);
      expect(notes).to.not.match(/<no value>|%!/);
      expect(notes).to.include('helm test --namespace backups nightly');
    });
  }

  it('say when backups will run, what retention keeps, and what is missing', () => {
    const notes = notesOf(valuesOf('other-namespace-values.yaml'));

    expect(notes).to.include(
      'ledger: a backup at "5 * * * *" (Etc/UTC) of ledger; retention: daily=30 within=2d',
    );
    expect(notes).to.include('No metrics');
    expect(notesOf([])).to.include('no retention: nothing is ever deleted');
  });

  it('say where runbooks are no links', () => {
    const enabled = ['--set', 'metrics.prometheusRule.enabled=true'];
    const url = ['--set', 'metrics.prometheusRule.runbookUrl=https://wiki.example.org/cain'];

    expect(notesOf(enabled)).to.include('runbook_url is no link');
    expect(notesOf([...enabled, ...url])).to.not.include('runbook_url');
  });

  it('say that a plan is suspended', () => {
    expect(notesOf(valuesOf('everything-values.yaml'))).to.include('weekly-full: nothing, it is suspended');
  });
});
