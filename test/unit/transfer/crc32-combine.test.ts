import { crc32 } from 'node:zlib';
import { expect } from 'chai';
import fc from 'fast-check';
import { combineCrc32 } from '../../../src/transfer/crc32-combine.ts';

describe('combineCrc32', () => {
  it('gives the CRC-32 of two pieces in a row', () => {
    const piece = fc.uint8Array({ maxLength: 5000 });
    fc.assert(
      fc.property(piece, piece, (first, second) => {
        const whole = crc32(Buffer.concat([first, second]));
        expect(combineCrc32(crc32(first), crc32(second), second.length)).to.equal(whole);
      }),
    );
  });

  it('takes pieces of many gigabytes', () => {
    // A GiB of zeros 64 times over, in two ways.
    const gib = crc32(Buffer.alloc(2 ** 20));
    let [byOne, doubled] = [gib, gib];
    for (let size = 2 ** 20, count = 1; count < 64; count *= 2, size *= 2)
      doubled = combineCrc32(doubled, doubled, size);
    for (let count = 1; count < 64; count++) byOne = combineCrc32(byOne, gib, 2 ** 20);

    expect(byOne).to.equal(doubled);
    expect(combineCrc32(7, 9, 2 ** 45)).to.equal(combineCrc32(combineCrc32(7, 0, 2 ** 44), 9, 2 ** 44));
  });
});
