import { expect } from 'chai';
import type { CainError } from '../../../src/errors.ts';
import { watchTaking } from '../../../src/transfer/watch-taking.ts';

const stallMs = 40;

async function* chunks(count: number, pauseMs = 0): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < count; index++) {
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    yield Buffer.from([index]);
  }
}

describe('watching who takes the chunks', () => {
  it('calls out when a chunk is not taken', async () => {
    let stalled: ((error: CainError) => void) | undefined;
    const stall = new Promise<CainError>((resolve) => {
      stalled = resolve;
    });
    const watched = watchTaking(chunks(2), { pod: 'pod-0', stallMs, onStall: (error) => stalled?.(error) });

    await watched.source[Symbol.asyncIterator]().next();

    expect((await stall).code).to.equal('CAIN_EXEC_STALLED');
    watched.stop();
  });

  it('does not count the time in which the source makes a chunk', async () => {
    let stalls = 0;
    const watched = watchTaking(chunks(2, 2 * stallMs), { pod: 'pod-0', stallMs, onStall: () => stalls++ });

    const taken: number[] = [];
    for await (const [value = -1] of watched.source) taken.push(value);
    watched.stop();

    expect(taken).to.deep.equal([0, 1]);
    expect(stalls).to.equal(0);
  });
});
