import { expect } from 'chai';
import type { Measurement } from '../../../../bench/compare/result.ts';
import { hasShownEnough, median, rowOf } from '../../../../bench/compare/statistics.ts';

const measured = (wallSeconds: number): Measurement => ({
  wallSeconds,
  cpuSeconds: wallSeconds / 2,
  peakRssBytes: 100,
  s3Requests: 3,
  bytes: 1000,
});

describe('median', () => {
  it('is the middle one, of an even number the mean of two', () => {
    expect(median([9, 1, 5])).to.equal(5);
    expect(median([4, 1, 3, 2])).to.equal(2.5);
    expect(median([])).to.be.NaN;
  });
});

describe('hasShownEnough', () => {
  it('takes a long time and a far faster tool beside it', () => {
    expect(hasShownEnough(70, 10)).to.equal(true);
    expect(hasShownEnough(50, 1)).to.equal(false);
    expect(hasShownEnough(300, 250)).to.equal(false);
  });
});

describe('rowOf', () => {
  it('takes each ratio within a round: a round that was slow for all says nothing of a tool', () => {
    const row = rowOf({
      case: 'large-first',
      tool: 'cain-direct',
      rounds: [measured(11), measured(110), measured(12)],
      limits: [measured(10), measured(100), measured(10)],
    });

    expect(row).to.include({ wallSeconds: 12, wallRatio: 1.1, cpuRatio: 1.1, rounds: 3 });
  });

  it('leaves out rounds that the tool or the limit sat out', () => {
    const row = rowOf({
      case: 'large-first',
      tool: 'medusa-default',
      rounds: [measured(30), undefined, undefined],
      limits: [measured(10), measured(20), measured(30)],
    });

    expect(row).to.include({ wallSeconds: 30, wallRatio: 3, rounds: 1 });
  });

  it('has no ratio without a limit', () => {
    const row = rowOf({ case: 'large-first', tool: 'esop', rounds: [measured(30)], limits: [] });

    expect(row).to.not.have.any.keys('wallRatio', 'transferRatio', 'cpuRatio', 'sides');
  });

  it('has medians of both sides, and of the transfer where the tool tells it', () => {
    const sides = (podCpuSeconds: number) => ({
      cainCpuSeconds: 1,
      podCpuSeconds,
      cainPeakRssBytes: 1,
      podPeakRssBytes: 1,
      apiServerBytes: 1,
      execCalls: 1,
    });
    const rounds = [
      { ...measured(1), sides: sides(2) },
      { ...measured(1), sides: sides(4), transferSeconds: 7 },
    ];

    const row = rowOf({ case: 'large-first', tool: 'cain-direct', rounds, limits: [] });

    expect(row).to.have.property('sides').that.includes({ podCpuSeconds: 3 });
    expect(row).to.include({ transferSeconds: 7 });
  });

  it('compares the transfer alone with the transfer alone of the limit', () => {
    const row = rowOf({
      case: 'large-first',
      tool: 'cain-direct',
      rounds: [{ ...measured(20), transferSeconds: 11 }, measured(20)],
      limits: [{ ...measured(10.5), transferSeconds: 10 }, measured(10)],
    });

    expect(row).to.include({ wallRatio: 1.95, transferRatio: 1.1 });
  });
});
