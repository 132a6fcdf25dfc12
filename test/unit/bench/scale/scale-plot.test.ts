import { expect } from 'chai';
import { scale, scalePlot } from '../../../../bench/scale/scale-plot.ts';
import type { ScaleResult } from '../../../../bench/scale/scale-result.ts';
import { scaleText } from '../../../../bench/scale/scale-table.ts';

const row = (files: number, peak: number) =>
  ({
    step: 'prune',
    nodes: files / 5_000,
    files,
    wallSeconds: 10,
    cpuSeconds: 5,
    peakRssBytes: peak * 2 ** 20,
  }) as const;
const result: ScaleResult = {
  startedAt: '2026-11-22T20:00:00.000Z',
  machine: { cores: 2, processor: 'CPU', memoryBytes: 1 },
  rows: [row(10_000, 120), row(1_000_000, 180)],
  lists: [{ backups: 1_000, nodes: 3, wallSeconds: 1.5, cpuSeconds: 1, peakRssBytes: 100 * 2 ** 20 }],
};

describe('scale', () => {
  it('maps powers of ten to even steps', () => {
    const across = scale([10, 100, 1000], [0, 200], true);

    expect([across(10), across(100), across(1000)]).to.deep.equal([0, 100, 200]);
  });

  it('puts one value alone at the start', () => {
    expect(scale([5], [10, 20], false)(5)).to.equal(10);
  });
});

describe('scalePlot', () => {
  it('has a dot a row in each of its two panels', () => {
    expect(scalePlot(result).match(/<circle /g)).to.have.length(4);
  });
});

describe('scaleText', () => {
  it('has a row a step and size, and the lists', () => {
    const text = scaleText(result, 'scale.svg');

    expect(text).to.contain('| prune | 1000000 | 200 | 10 | 5 | 180 |');
    expect(text).to.contain('| 1000 | 3 | 1.5 | 1 | 100 |');
  });
});
