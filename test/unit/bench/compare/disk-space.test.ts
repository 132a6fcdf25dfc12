import { expect } from 'chai';
import { neededBytes, spaceRefusal } from '../../../../bench/compare/disk-space.ts';
import { toolNames } from '../../../../bench/compare/result.ts';

const of = (megabytes: number) => ({ largeBytes: megabytes * 1e6, tools: toolNames });

describe('spaceRefusal', () => {
  it('says what is needed, what is free and what would fit', () => {
    expect(spaceRefusal(of(10_000), 70e9)).to.equal(
      'A large set of 10000 MB needs 104.0 GB of disk at its peak, and 70.0 GB are free beside the tenth of it that a backup leaves: CAIN_BENCH_LARGE_MB=6600 fits, or fewer CAIN_BENCH_TOOLS',
    );
    expect(spaceRefusal(of(6_600), 70e9)).to.equal(undefined);
  });

  it('names no size where none fits', () => {
    expect(spaceRefusal(of(1_000), 1e9)).to.contain('it takes more room');
  });
});

describe('neededBytes', () => {
  it('is less for fewer tools', () => {
    expect(neededBytes({ ...of(1_000), tools: ['limit'] })).to.be.below(neededBytes(of(1_000)));
  });
});
