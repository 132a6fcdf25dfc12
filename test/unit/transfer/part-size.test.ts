import { expect } from 'chai';
import fc from 'fast-check';
import { directPartSize, partSizeFor } from '../../../src/transfer/part-size.ts';

const limits = { smallestBytes: 8 * 1024 * 1024, mostParts: 10_000 };

describe('partSizeFor', () => {
  it('keeps small files at the smallest part', () => {
    expect(partSizeFor(0, limits)).to.equal(limits.smallestBytes);
    expect(partSizeFor(70e9, limits)).to.equal(limits.smallestBytes);
  });

  it('fits any file that S3 takes into the allowed number of parts', () => {
    const largestObject = 48.8 * 1024 ** 4;
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: largestObject, noNaN: true }),
        fc.integer({ min: 1, max: 10_000 }),
        (size, mostParts) => {
          const bytes = Math.floor(size);
          const parts = Math.ceil(bytes / partSizeFor(bytes, { ...limits, mostParts }));
          return parts <= mostParts;
        },
      ),
    );
  });
});

describe('directPartSize', () => {
  it('spreads a large file over the connections, in larger parts', () => {
    expect(directPartSize(0, limits)).to.equal(limits.smallestBytes);
    expect(directPartSize(1e12, limits)).to.be.greaterThan(4 * limits.smallestBytes - 1);
  });

  it('makes no part larger than S3 takes', () => {
    const largest = 5 * 1024 ** 3;

    expect(directPartSize(1e13, { ...limits, smallestBytes: 2 * 1024 ** 3 })).to.be.at.most(largest);
  });
});
