import { expect } from 'chai';
import fc from 'fast-check';
import { splitLines } from '../../../src/store/split-lines.ts';
import { rejection } from '../../support/error-code.ts';
import { collect } from './conformance/collect.ts';

async function* chunksOf(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0;
  for (const size of sizes) {
    yield bytes.subarray(at, at + size);
    at += size;
  }
  yield bytes.subarray(at);
}

describe('splitLines', () => {
  it('finds the lines wherever the chunks are cut, characters of several bytes included', async () => {
    const lines = fc.array(fc.string({ unit: 'grapheme' }).filter((line) => !line.includes('\n')));
    await fc.assert(
      fc.asyncProperty(lines, fc.array(fc.nat(7)), async (expected, sizes) => {
        const bytes = Buffer.from(expected.map((line) => `${line}\n`).join(''));

        expect(await collect(splitLines(chunksOf(bytes, sizes), 'x', 1e6))).to.deep.equal(expected);
      }),
    );
  });

  it('refuses a last line without its end', async () => {
    await rejection(collect(splitLines(chunksOf(Buffer.from('a\nb'), []), 'x', 10)), 'CAIN_FORMAT');
  });

  it('refuses a line that would fill the memory', async () => {
    async function* endless(): AsyncGenerator<Buffer> {
      for (;;) yield Buffer.alloc(16 * 1024 * 1024, 'x');
    }

    const error = await rejection(collect(splitLines(endless(), 'x', 64 * 1024 * 1024)), 'CAIN_FORMAT');

    expect(error.message).to.contain('more than 67108864 bytes');
  });
});
