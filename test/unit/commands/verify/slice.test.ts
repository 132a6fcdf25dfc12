import { expect } from 'chai';
import fc from 'fast-check';
import { isInSlice, sliceOf } from '../../../../src/commands/verify/slice.ts';

const dayMs = 86_400_000;
const firstDay = new Date('2026-01-01T02:00:00Z');
const onDay = (day: number) => new Date(firstDay.getTime() + day * dayMs);

describe('sliceOf', () => {
  it('is everything without a sample, and the named part where one is named', () => {
    expect(sliceOf(undefined, firstDay)).to.equal(undefined);
    expect(sliceOf({ kind: 'part', part: 3, of: 20 }, firstDay)).to.include({ part: 3, of: 20 });
  });

  it('takes at least the share that was asked for', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 100, noNaN: true }), (percent) => {
        const { of = 0 } = sliceOf({ kind: 'percent', percent }, firstDay) ?? {};

        expect(100 / of).to.be.at.least(percent - 1e-9);
      }),
    );
  });

  for (const step of [1, 2, 3, 7]) {
    it(`comes round to every part when it runs every ${step === 1 ? 'day' : `${step} days`}`, () => {
      for (const percent of [100 / 7, 5, 100 / 14, 100 / 21, 1]) {
        const { of = 0 } = sliceOf({ kind: 'percent', percent }, firstDay) ?? {};
        const isReachable = step === 1 || of % step !== 0;
        const parts = Array.from(
          { length: of },
          (_, run) => sliceOf({ kind: 'percent', percent }, onDay(run * step))?.part,
        );

        if (isReachable) expect(new Set(parts).size, `${percent} %`).to.equal(of);
        if (step === 7) expect(isReachable, 'a weekly run').to.equal(true);
      }
    });
  }
});

describe('isInSlice', () => {
  it('puts every key into exactly one part', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 50 }), (key, of) => {
        const parts = Array.from({ length: of }, (_, index) => index + 1).filter((part) =>
          isInSlice(key, { part, of }),
        );

        expect(parts).to.have.length(1);
      }),
    );
  });

  it('spreads keys that differ little evenly', () => {
    const keys = Array.from(
      { length: 20_000 },
      (_, index) => `shop/aaaaaa/x/pod-0/t/nb-${index}-big-Data.db`,
    );

    const inFirst = keys.filter((key) => isInSlice(key, { part: 1, of: 20 })).length;

    expect(inFirst).to.be.within(900, 1100);
  });
});
