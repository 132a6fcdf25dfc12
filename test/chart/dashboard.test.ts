import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { chartDir } from '../../scripts/chart/helm.ts';
import type { Dashboard, Panel } from '../../scripts/dashboard/dashboard-model.ts';
import { withAllValues } from '../../scripts/dashboard/prometheus-api.ts';
import { metricTable } from '../../src/metrics/metric-table.ts';
import { needPromtool, runPromtool } from '../support/chart/promtool.ts';
import { needHelm, renderChart, valuesOf } from '../support/chart/render-chart.ts';

const text = readFileSync(join(chartDir, 'dashboards', 'cain.json'), 'utf8');
const dashboard = JSON.parse(text) as Dashboard;
const panels = dashboard.panels as ReadonlyArray<Panel & { readonly description?: string }>;
const drawn = panels.filter(({ type }) => type !== 'row');
const queries = drawn.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

function overlap({ gridPos: one }: Panel, { gridPos: other }: Panel): boolean {
  const beside = one.x + one.w <= other.x || other.x + other.w <= one.x;
  const below = one.y + one.h <= other.y || other.y + other.h <= one.y;
  return !beside && !below;
}

describe('the dashboard', () => {
  it('has panels beside and below each other, in 24 columns', () => {
    for (const [index, panel] of panels.entries()) {
      expect(panel.gridPos.x + panel.gridPos.w, panel.title).to.be.at.most(24);
      const others = panels.slice(index + 1).filter((other) => overlap(panel, other));
      expect(
        others.map(({ title }) => title),
        panel.title,
      ).to.deep.equal([]);
    }
    expect(new Set(panels.map(({ id }) => id)).size).to.equal(panels.length);
  });

  it('says what each panel shows', () => {
    for (const { title, description } of drawn) expect(description, title).to.match(/\.$/);
  });

  it('takes any data source', () => {
    const sources = new Set(text.match(/"uid": "\$\{datasource\}"/g));

    expect(sources.size).to.equal(1);
    expect(text).to.not.match(/"uid": "(?!\$\{datasource\}|cain-backups)/);
  });

  it('asks for metrics that the program pushes, chosen by all the variables', () => {
    const pushed = new Set(metricTable.map(({ name }) => name));
    const asked = queries.flatMap((expr) => expr.match(/\bcain_\w+/g) ?? []);

    expect(asked).to.have.length.of.at.least(20);
    expect(asked.filter((name) => !pushed.has(name))).to.deep.equal([]);
    for (const selector of queries.flatMap((expr) => expr.match(/\{[^}]*\}/g) ?? [])) {
      expect(selector).to.match(
        /job=~"\$job", namespace=~"\$namespace", cluster=~"\$cluster", plan=~"\$plan"/,
      );
    }
  });
});

describe('the dashboard in the chart', function () {
  this.timeout(60_000);
  before(needHelm);

  it("is a ConfigMap that Grafana's sidecar finds", () => {
    const maps = renderChart(valuesOf('everything-values.yaml')).filter(({ data }) => data?.['cain.json']);

    expect(maps).to.have.lengthOf(1);
    expect(maps[0]?.metadata.labels).to.include({ grafana_dashboard: '1' });
    expect(maps[0]?.metadata.annotations).to.deep.equal({ grafana_folder: 'Cassandra' });
    expect(JSON.parse(maps[0]?.data?.['cain.json'] ?? '')).to.deep.equal(dashboard);
  });

  it('is not there unless it is asked for', () => {
    expect(renderChart([]).filter(({ kind }) => kind === 'ConfigMap')).to.deep.equal([]);
  });
});

describe('the queries of the dashboard', function () {
  this.timeout(60_000);
  before(needPromtool);

  it('are PromQL', async () => {
    const rules = queries.map((expr, index) => ({ record: `query_${index}`, expr: withAllValues(expr) }));

    const { code, stdout, stderr } = await runPromtool(rules);
    expect(code, stdout + stderr).to.equal(0);
  });
});
