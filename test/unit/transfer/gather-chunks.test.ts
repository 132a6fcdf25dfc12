import { expect } from 'chai';
import fc from 'fast-check';
import { gatherChunks } from '../../../src/transfer/gather-chunks.ts';

async function* chunksOf(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

describe('gathering of chunks', () => {
  it('keeps every byte in order, in pieces of one size', async () => {
    const chunk = fc.uint8Array({ maxLength: 50 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(chunk, { maxLength: 20 }),
        fc.integer({ min: 1, max: 30 }),
        async (chunks, size) => {
          const pieces: Uint8Array[] = [];
          for await (const piece of gatherChunks(chunksOf(chunks), size)) pieces.push(piece);

          expect(Buffer.concat(pieces)).to.deep.equal(Buffer.concat(chunks));
          for (const piece of pieces.slice(0, -1)) expect(piece).to.have.length(size);
          expect(pieces.at(-1)?.length ?? 1).to.be.within(1, size);
        },
      ),
    );
  });

  it('copies, since the source uses its buffers again', async () => {
    const buffer = Buffer.from('first');
    async function* source(): AsyncGenerator<Uint8Array> {
      yield buffer;
      buffer.write('other');
    }

    const pieces: Uint8Array[] = [];
    for await (const piece of gatherChunks(source(), 100)) pieces.push(piece);

    expect(Buffer.concat(pieces).toString()).to.equal('first');
  });
});
