import { expect } from 'chai';
import { metricTable } from '../../../src/metrics/metric-table.ts';

const groupingLabels = ['job', 'namespace', 'cluster', 'plan', 'operation', 'instance'];

describe('metricTable', () => {
  it('names each metric once', () => {
    const names = metricTable.map(({ name }) => name);

    expect(new Set(names).size).to.equal(names.length);
  });

  for (const { name, help, unit, label } of metricTable) {
    it(`keeps Prometheus' rules for ${name}`, () => {
      expect(name).to.match(/^cain_[a-z]+(_[a-z]+)*$/);
      // As `promtool check metrics` demands: no _total or _count on a gauge.
      expect(name).not.to.match(/_(total|count|sum|bucket)$/);
      if (unit === 'Unix time') expect(name).to.match(/_timestamp_seconds$/);
      if (unit === 'seconds') expect(name).to.match(/(?<!_timestamp)_seconds$/);
      if (unit === 'bytes') expect(name).to.match(/_bytes$/);
      expect(help).to.match(/^[A-Z].*[^.]$/);
      // The Pushgateway would overwrite it with the group's own without a word.
      if (label) expect(groupingLabels).not.to.include(label);
    });
  }
});
