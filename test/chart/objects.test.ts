import { expect } from 'chai';
import { helm } from '../../scripts/chart/helm.ts';
import { isCronJob } from '../support/chart/kubernetes-object.ts';
import { ciFiles, needHelm, renderChart, valuesOf } from '../support/chart/render-chart.ts';

const commonLabels = [
  'helm.sh/chart',
  'app.kubernetes.io/name',
  'app.kubernetes.io/instance',
  'app.kubernetes.io/version',
  'app.kubernetes.io/managed-by',
];

for (const file of ciFiles) {
  describe(`the chart with ci/${file}`, function () {
    this.timeout(60_000);
    before(needHelm);

    const render = () => renderChart(valuesOf(file));
    /** Those of users may look as they like. */
    const ownObjects = () => render().filter(({ metadata }) => metadata.labels);

    it('passes helm lint --strict', () => {
      const { isSuccess, stdout, stderr } = helm(['lint', '--strict'], valuesOf(file));

      expect(isSuccess, stdout + stderr).to.equal(true);
    });

    it('names every object once, with its namespace', () => {
      const names = ownObjects().map(
        ({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`,
      );

      expect(names).to.have.length.of.at.least(6);
      expect(new Set(names).size).to.equal(names.length);
      expect(names.filter((name) => name.includes('undefined'))).to.deep.equal([]);
    });

    it('keeps within the lengths of names', () => {
      for (const object of render()) {
        const longest = isCronJob(object) ? 52 : 63;
        expect(object.metadata.name).to.match(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/);
        expect(object.metadata.name.length, object.metadata.name).to.be.at.most(longest);
      }
    });

    it('labels every object as Kubernetes recommends', () => {
      for (const { kind, metadata } of ownObjects()) {
        expect(metadata.labels, `${kind} ${metadata.name}`).to.include.all.keys(commonLabels);
      }
    });

    it('selects by labels that an upgrade does not change', () => {
      const selectors = render()
        .map(({ spec }) => (spec as { podSelector?: { matchLabels: object } } | undefined)?.podSelector)
        .filter((selector) => selector !== undefined);

      for (const { matchLabels } of selectors) {
        expect(matchLabels).to.have.all.keys('app.kubernetes.io/name', 'app.kubernetes.io/instance');
      }
    });

    it('makes nothing that holds for the whole cluster, and no Secret', () => {
      const kinds = new Set(render().map(({ kind }) => kind));

      expect([...kinds].filter((kind) => kind.startsWith('Cluster') || kind === 'Secret')).to.deep.equal([]);
    });
  });
}

describe('names of the chart', function () {
  this.timeout(60_000);
  before(needHelm);

  it('are cut without two CronJobs becoming one', () => {
    const plans = ['a', 'b'].map((end) => `a-plan-whose-name-is-so-long-that-it-must-be-cut-${end}`);
    const cronJobs = renderChart(
      plans.flatMap((plan) => ['--set', `backups.${plan}.schedule=@daily`]),
    ).filter(isCronJob);

    const names = cronJobs.map(({ metadata }) => metadata.name);
    expect(new Set(names).size).to.equal(5);
    expect(Math.max(...names.map((name) => name.length))).to.be.at.most(52);
  });
});
