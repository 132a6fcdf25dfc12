import { expect } from 'chai';
import { chooseTag } from '../../../../src/commands/backup/choose-tag.ts';
import { rejection } from '../../../support/error-code.ts';

const { signal } = new AbortController();
const now = new Date('2026-01-01T02:00:00.500Z');
const tag = '20260101020000';

function clocks(skewMs = 0, own: () => Date = () => now) {
  return { now: own, storeNow: async () => new Date(own().getTime() - skewMs) };
}

describe('chooseTag', () => {
  it('names the second of the run, later than all that are known, in whatever order they come', async () => {
    expect(await chooseTag([], clocks(), signal)).to.equal(tag);
    expect(await chooseTag(['20251231235959', '20251130020000'], clocks(), signal)).to.equal(tag);
  });

  it('waits for the next second where one of this second is known', async () => {
    const startedAt = performance.now();
    const own = () => new Date(now.getTime() + (performance.now() - startedAt));

    expect(await chooseTag([tag], clocks(0, own), signal)).to.equal('20260101020001');
  });

  it('refuses to go behind a tag that is further ahead: a clock was wrong', async () => {
    const error = await rejection(chooseTag(['20260101030000'], clocks(), signal), 'CAIN_TAG');

    expect(error.message).to.contain('20260101030000').and.contain(tag);
  }).timeout(6_000);

  it("goes by a clock that the store's confirms to five minutes", async () => {
    for (const skewMs of [-299_000, 299_000]) {
      expect(await chooseTag([], clocks(skewMs), signal)).to.equal(tag);
    }
    const ahead = await rejection(chooseTag([], clocks(301_000), signal), 'CAIN_TAG');
    const behind = await rejection(chooseTag([], clocks(-301_000), signal), 'CAIN_TAG');

    expect(ahead.message).to.contain('301 s ahead of');
    expect(behind.message).to.contain('301 s behind');
  });

  it('ends its wait with the reason of the signal', async () => {
    const controller = new AbortController();
    const reason = new Error('stop');
    const choosing = chooseTag(['20260101030000'], clocks(), controller.signal);

    setTimeout(() => controller.abort(reason), 10);

    expect(await choosing.catch((error: unknown) => error)).to.equal(reason);
  });
});
