import { expect } from 'chai';
import { type AgeLimit, limitAge } from '../../../../src/commands/backup/limit-age.ts';

const hourMs = 3600_000;

describe('limitAge', () => {
  let timers: Array<{ readonly ms: number; readonly fire: () => void }>;
  let limit: AgeLimit;
  const { setTimeout: realSetTimeout } = globalThis;

  beforeEach(() => {
    timers = [];
    globalThis.setTimeout = ((fire: () => void, ms: number) => {
      timers.push({ ms, fire });
      return realSetTimeout(() => {}, 0);
    }) as unknown as typeof setTimeout;
  });
  afterEach(() => {
    globalThis.setTimeout = realSetTimeout;
    limit.stop();
  });

  it('ends a run when it is too old to commit', () => {
    limit = limitAge(hourMs);
    expect(limit.signal.aborted).to.equal(false);

    timers[0]?.fire();

    expect(timers[0]?.ms).to.equal(24 * hourMs);
    expect(limit.signal.reason).to.include({ code: 'CAIN_ABANDONED' });
  });

  it('does not fire at once where the grace is longer than a timer can hold', () => {
    limit = limitAge(90 * 24 * hourMs);

    expect(timers[0]?.ms).to.equal(2 ** 31 - 1);
  });
});
