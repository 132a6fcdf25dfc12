import { expect } from 'chai';
import fc from 'fast-check';
import { crc32FromBase64, crc32ToBase64 } from '../../../src/store/s3-crc32.ts';

describe('CRC-32 in base64', () => {
  it('is four bytes, big-endian', () => {
    expect(crc32ToBase64(0)).to.equal('AAAAAA==');
    expect(crc32ToBase64(0xcbf43926)).to.equal('y/Q5Jg==');
  });

  it('comes back as it was', () => {
    fc.assert(fc.property(fc.nat(0xffffffff), (crc32) => crc32FromBase64(crc32ToBase64(crc32)) === crc32));
  });

  it('takes a checksum of checksums for none', () => {
    for (const text of [undefined, '', 'y/Q5Jg==-3', 'y/Q5', 'y/Q5JgAA', '!!!!!!==']) {
      expect(crc32FromBase64(text)).to.equal(undefined);
    }
  });
});
