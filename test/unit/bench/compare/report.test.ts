import { expect } from 'chai';
import { reportPlot } from '../../../../bench/compare/report-plot.ts';
import { reportText } from '../../../../bench/compare/report-table.ts';
import type { BenchResult } from '../../../../bench/compare/result.ts';

const costs = { cpuSeconds: 2, peakRssBytes: 100 * 2 ** 20, s3Requests: 130, bytes: 1e9, rounds: 3 };
const sides = {
  cainCpuSeconds: 0.5,
  podCpuSeconds: 1.5,
  cainPeakRssBytes: 80 * 2 ** 20,
  podPeakRssBytes: 20 * 2 ** 20,
  apiServerBytes: 5e5,
  execCalls: 12,
};
const result: BenchResult = {
  startedAt: '2026-11-22T20:00:00.000Z',
  machine: { cores: 2, processor: 'CPU <fast>', memoryBytes: 24 * 2 ** 30 },
  versions: { Cain: '1.0.0' },
  dataSets: { large: { files: 32, bytes: 1e9 } },
  notes: ['a note'],
  rows: [
    {
      case: 'large-first',
      tool: 'limit',
      wallSeconds: 5,
      ...costs,
      wallRatio: 1,
      cpuRatio: 1,
      restartSeconds: 2.5,
    },
    {
      case: 'large-first',
      tool: 'cain-direct',
      wallSeconds: 6,
      ...costs,
      wallRatio: 1.2,
      transferSeconds: 5.5,
      transferRatio: 1.1,
      cpuRatio: 1,
      databaseCpuSeconds: 4.25,
      sides,
    },
    { case: 'large-first', tool: 'esop', why: 'it does not start\nat all' },
  ],
};

describe('reportText', () => {
  it('has a table a case, and says why a tool has no figures', () => {
    const text = reportText(result, 'latest.svg');

    expect(text).to.contain('## large-first').and.not.contain('## small-first');
    expect(text).to.contain('| cain-direct | 3 | 6 | 1.2 | 5.5 | 1.1 | 2 | 1 | 4.3 | 100 | 130 | 1000 |');
    expect(text).to.contain('- esop: it does not start at all');
    expect(text).to.contain('- limit: 2.5 s of it are the stop and start of Cassandra.');
  });

  it('shows what went through the API server as a share of the bytes', () => {
    expect(reportText(result, 'latest.svg')).to.contain(
      '| large-first | cain-direct | 0.5 | 1.5 | 80 | 20 | 0.05 % | 12 |',
    );
  });
});

describe('reportPlot', () => {
  it('draws a bar for each tool with figures, in each panel where it has one, and none for the others', () => {
    const svg = reportPlot(result);

    expect(svg)
      .to.match(/^<svg /)
      .and.contain('6.0 s, 1.20×')
      .and.contain('5.5 s, 1.10×')
      .and.contain('cain-direct (3)')
      .and.not.contain('esop');
    expect(svg.match(/<rect /g)).to.have.length(1 + 2 * 2 + 1);
  });
});
