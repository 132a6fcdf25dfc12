import { expect } from 'chai';
import type { BenchResult } from '../../../../bench/compare/result.ts';
import { summaryTable, withSummary } from '../../../../bench/compare/summary-table.ts';

const costs = { cpuSeconds: 2, peakRssBytes: 1, s3Requests: 1, bytes: 1, rounds: 3 };
const result: BenchResult = {
  startedAt: '',
  machine: {},
  versions: {},
  dataSets: {},
  notes: [],
  rows: [
    { case: 'large-first', tool: 'limit', wallSeconds: 5, ...costs, wallRatio: 1 },
    { case: 'large-first', tool: 'esop', why: 'it does not start' },
    { case: 'restore-large', tool: 'cain-direct', wallSeconds: 6, ...costs },
  ],
};
const table = [
  '| whole run | limit | cain-direct |',
  '| --- | --- | --- |',
  '| first backup, large SSTables | 5.0 s (1.0×) | – |',
  '| restore, large SSTables | – | 6.0 s |',
  '',
].join('\n');

describe('summaryTable', () => {
  it('has a line a case and a column a tool that has figures', () => {
    expect(summaryTable(result)).to.equal(table);
  });
});

describe('withSummary', () => {
  const readme = 'before\n<!-- npm run bench writes from here -->\nold\n<!-- to here -->\nafter\n';

  it('replaces what lies between the marks, and nothing the second time', () => {
    const written = withSummary(readme, result);

    expect(written).to.contain(table).and.not.contain('old');
    expect(written.startsWith('before\n') && written.endsWith('<!-- to here -->\nafter\n')).to.equal(true);
    expect(withSummary(written, result)).to.equal(written);
  });

  it('leaves a text without marks alone', () => {
    expect(withSummary('text', result)).to.equal('text');
  });
});
