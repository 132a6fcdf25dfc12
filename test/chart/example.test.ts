import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { exampleFile, renderExample } from '../../scripts/chart/example.ts';
import { podsOf } from '../support/chart/kubernetes-object.ts';
import { needHelm, parseObjects } from '../support/chart/render-chart.ts';

const example = () => readFileSync(exampleFile, 'utf8');

describe('deploy/cain.yaml', function () {
  this.timeout(60_000);
  before(needHelm);

  it('is what the chart renders (else: npm run deploy:example)', () => {
    expect(example()).to.equal(renderExample());
  });
});

describe('deploy/cain.yaml by itself', () => {
  it('holds all that a backup and a restore need', () => {
    const kinds = parseObjects(example()).map(({ kind }) => kind);

    expect(kinds.sort()).to.deep.equal([
      'CronJob',
      'CronJob',
      'CronJob',
      'Role',
      'RoleBinding',
      'ServiceAccount',
    ]);
  });

  it('has the bucket where deploy/README.md says it is', () => {
    for (const { container } of podsOf(parseObjects(example())))
      expect(container.env[3]?.name).to.equal('CAIN_DST');
  });

  it('says nothing of Helm', () => {
    expect(example()).to.not.match(/helm\.sh|managed-by/);
  });
});
