import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { expect } from 'chai';
import { checkedBody } from '../../../src/store/s3-body.ts';
import { rejection } from '../../support/error-code.ts';
import { collect } from './conformance/collect.ts';

const where = 's3://bucket/key';
const text = Buffer.from('the whole text');
const whole = { where, sizeBytes: text.length, crc32: crc32(text) };

function streamOf(...chunks: Buffer[]): Readable {
  return Readable.from(chunks, { objectMode: false });
}

describe('checkedBody', () => {
  it('gives the bytes as they come', async () => {
    const body = checkedBody(streamOf(text.subarray(0, 5), text.subarray(5)), whole);

    expect(Buffer.concat(await collect(body)).equals(text)).to.equal(true);
  });

  it('never ends where bytes are missing or too many', async () => {
    for (const bytes of [text.subarray(0, 5), Buffer.alloc(0), Buffer.concat([text, text])]) {
      const error = await rejection(collect(checkedBody(streamOf(bytes), whole)), 'CAIN_STORE');

      expect(error).to.include({ retryable: true });
      expect(error.message).to.contain(`${bytes.length} of the ${text.length} bytes`).and.to.contain(where);
    }
  });

  it('never ends where the bytes are others', async () => {
    const other = Buffer.from(text).fill('x', 3, 4);

    await rejection(collect(checkedBody(streamOf(other), whole)), 'CAIN_STORE_CHECKSUM');
  });

  it('goes by the size alone where no CRC-32 is known', async () => {
    const { crc32: _, ...known } = whole;

    expect(await collect(checkedBody(streamOf(text), known))).to.have.length(1);
  });

  it('throws the reason of its signal rather than what it caused', async () => {
    const reason = new Error('the run was stopped');
    const stream = new Readable({ read() {} });
    const stop = new AbortController();
    const reading = collect(checkedBody(stream, { ...whole, signal: stop.signal })).catch(
      (error: unknown) => error,
    );

    stop.abort(reason);
    stream.destroy(new Error('aborted'));

    expect(await reading).to.equal(reason);
  });

  it('keeps an error that comes before anybody reads for the reader', async () => {
    const stream = new Readable({ read() {} });
    const body = checkedBody(stream, whole);
    stream.destroy(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }));
    await new Promise((resolve) => setImmediate(resolve));

    await rejection(collect(body), 'CAIN_STORE');
  });
});
