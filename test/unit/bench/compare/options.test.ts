import { expect } from 'chai';
import { readOptions } from '../../../../bench/compare/options.ts';

describe('readOptions', () => {
  it('takes every case and tool unless told otherwise', () => {
    const options = readOptions({}, '/results');

    expect(options).to.include({
      largeBytes: 1e9,
      smallFiles: 10_000,
      minutes: 15,
      resultDirectory: '/results',
    });
    expect([options.cases.length, options.tools.length]).to.deep.equal([5, 6]);
  });

  it('keeps the order of its own lists', () => {
    const { tools } = readOptions({ CAIN_BENCH_TOOLS: 'esop, limit' }, '');

    expect(tools).to.deep.equal(['limit', 'esop']);
  });

  it('refuses what it does not know', () => {
    expect(() => readOptions({ CAIN_BENCH_CASES: 'huge' }, '')).to.throw('CAIN_BENCH_CASES: huge is none of');
    expect(() => readOptions({ CAIN_BENCH_ROUNDS: 'two' }, '')).to.throw('CAIN_BENCH_ROUNDS must be');
  });
});
