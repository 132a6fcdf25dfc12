import { createInflate } from 'node:zlib';
import { expect } from 'chai';
import { deflateLines } from '../../../src/transfer/deflate-lines.ts';
import { createOrderLines } from '../../../src/transfer/order-lines.ts';

const url = (number: number): string =>
  `https://store.example/bucket/nightly/data/shop/orders-1/nb-${number}-big-Data.db?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20261130T010000Z`;

/** What the other side reads as soon as these chunks arrived, and no later one. */
async function inflated(chunks: readonly Uint8Array[]): Promise<string> {
  const inflate = createInflate();
  let text = '';
  inflate.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  for (const chunk of chunks) await new Promise<void>((resolve) => inflate.write(chunk, () => resolve()));
  await new Promise<void>((resolve) => setImmediate(resolve));
  inflate.destroy();
  return text;
}

async function* of(...lines: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const line of lines) yield Buffer.from(line);
}

describe('deflateLines', () => {
  it('gives every line whole before it asks for the next one', async () => {
    const lines = createOrderLines();
    const deflated = deflateLines(lines);
    const chunks: Uint8Array[] = [];
    lines.add('ping', 1);

    const { value } = await deflated.next();
    chunks.push(value);
    expect(await inflated(chunks)).to.equal('{"ping":[1]}\n');

    const next = deflated.next();
    lines.add('forget', 7);
    chunks.push((await next).value);
    expect(await inflated(chunks)).to.equal('{"ping":[1]}\n{"forget":[7]}\n');

    lines.close();
    expect(await deflated.next()).to.have.property('done', true);
  });

  it('keeps what a line has in common with those before it to itself', async () => {
    const texts = Array.from({ length: 200 }, (_, index) => `${url(index)}\n`);
    const chunks: Uint8Array[] = [];

    for await (const chunk of deflateLines(of(...texts))) chunks.push(chunk);

    const sent = chunks.reduce((sum, { length }) => sum + length, 0);
    expect(sent).to.be.lessThan(texts.join('').length / 5);
    expect(await inflated(chunks)).to.equal(texts.join(''));
  });

  it('passes on a line that is longer than what the stream holds', async () => {
    const noise = Array.from({ length: 400_000 }, () => Math.random().toString(36).slice(2, 3)).join('');
    const chunks: Uint8Array[] = [];

    for await (const chunk of deflateLines(of(noise, 'x\n'))) chunks.push(chunk);

    expect(await inflated(chunks)).to.equal(`${noise}x\n`);
  });

  it('ends with the error of what gives it lines', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('{}\n');
      throw new Error('no more');
    }
    const read = async (): Promise<void> => {
      for await (const _ of deflateLines(broken()));
    };

    expect(await read().then(() => 'ended', String)).to.equal('Error: no more');
  });
});
