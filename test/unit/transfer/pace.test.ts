import { expect } from 'chai';
import { createPace } from '../../../src/transfer/pace.ts';

const never = new AbortController().signal;

describe('createPace', () => {
  it('holds bytes to so many a second, and makes up for no time that went by unused', async () => {
    let clock = 0;
    const pace = createPace(10_000, () => clock);
    const timed = async (bytes: number): Promise<number> => {
      const startedAt = performance.now();
      await pace(bytes, never);
      return performance.now() - startedAt;
    };

    expect(await timed(1000)).to.be.within(80, 1000);
    clock = 60_000;
    expect(await timed(1000)).to.be.within(80, 1000);
    expect(await timed(0)).to.be.within(80, 1000);
  });

  it('holds nothing without a limit, and ends with its signal', async () => {
    await createPace(0)(1e12, never);

    const error = await createPace(1)(1e6, AbortSignal.abort(new Error('stop'))).catch((caught) => caught);
    expect(error).to.have.property('message', 'stop');
  });
});
