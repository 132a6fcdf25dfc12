import { expect } from 'chai';
import { CainError } from '../../../src/errors.ts';
import { createPatience } from '../../../src/transfer/patience.ts';

const cut = new CainError('CAIN_EXEC_CUT', 'cut', { retryable: true });
const refused = new CainError('CAIN_EXEC_REFUSED', '404', { retryable: true });
const minuteMs = 60_000;

describe('createPatience', () => {
  it('gives up after so many failures without progress', () => {
    const patience = createPatience(2);

    expect(patience.afterFailure(cut, false)).to.be.a('number');
    expect(patience.afterFailure(cut, false)).to.be.a('number');
    expect(patience.afterFailure(cut, false)).to.equal(undefined);
  });

  it('counts anew after progress, and waits longer from one failure to the next', () => {
    const patience = createPatience(2);
    const first = patience.afterFailure(cut, true) ?? 0;
    const second = patience.afterFailure(cut, false) ?? 0;

    expect(second).to.be.greaterThan(first);
    expect(patience.afterFailure(cut, true)).to.be.lessThan(second);
    expect(patience.failures).to.equal(1);
  });

  it('waits for a pod that is away for as long as a restart may take', () => {
    let nowMs = 0;
    const patience = createPatience(1, () => nowMs);
    expect(patience.afterFailure(cut, false)).to.be.a('number');

    for (; nowMs <= 10 * minuteMs; nowMs += minuteMs) {
      expect(patience.afterFailure(refused, false), `after ${nowMs} ms`).to.be.within(1, 40_000);
    }

    expect(patience.afterFailure(refused, false)).to.equal(undefined);
  });

  it('begins to wait anew when it was back in between', () => {
    let nowMs = 0;
    const patience = createPatience(2, () => nowMs);
    patience.afterFailure(refused, false);
    nowMs = 9 * minuteMs;
    patience.afterFailure(cut, false);

    nowMs = 18 * minuteMs;
    expect(patience.afterFailure(refused, false)).to.be.lessThan(1_000);
    nowMs = 27 * minuteMs;
    expect(patience.afterFailure(refused, false)).to.be.a('number');
  });

  it('has none where no retries are wanted', () => {
    expect(createPatience(0).afterFailure(refused, true)).to.equal(undefined);
    expect(createPatience(0).afterFailure(cut, true)).to.equal(undefined);
  });
});
