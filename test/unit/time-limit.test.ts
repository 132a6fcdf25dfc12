import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import { pause, rejectOnAbort, withTimeLimit } from '../../src/time-limit.ts';
import { rejection } from '../support/error-code.ts';

const never = new AbortController().signal;

function listeners(signal: AbortSignal): number {
  return getEventListeners(signal, 'abort').length;
}

describe('withTimeLimit', () => {
  it('gives what the task gives, and lets go of the outer signal', async () => {
    const outer = new AbortController();

    const value = await withTimeLimit('Waiting', 1000, outer.signal, async () => 42);

    expect(value).to.equal(42);
    expect(listeners(outer.signal)).to.equal(0);
  });

  it('lets go of the outer signal when the task fails, however often', async () => {
    const outer = new AbortController();

    for (let call = 0; call < 20; call++) {
      await withTimeLimit('Failing', 1000, outer.signal, async () => {
        throw new Error('no');
      }).catch(() => {});
    }

    expect(listeners(outer.signal)).to.equal(0);
  });

  it('ends a task that heeds no signal, says what it was, and aborts it', async () => {
    let inner: AbortSignal | undefined;

    const error = await rejection(
      withTimeLimit('Asking the deaf', 20, never, (signal) => {
        inner = signal;
        return new Promise(() => {});
      }),
      'CAIN_TIMEOUT',
    );

    expect(error.message).to.contain('Asking the deaf').and.contain('0.02 s');
    expect(error.retryable).to.equal(true);
    expect(inner?.reason).to.equal(error);
  });

  it('rejects with the reason of the outer signal, before and while it runs', async () => {
    const outer = new AbortController();
    const reason = new Error('stop');
    const running = withTimeLimit('Running', 1000, outer.signal, () => new Promise(() => {}));

    outer.abort(reason);
    const late = withTimeLimit('Late', 1000, outer.signal, async () => 42);

    expect(await running.catch((error: unknown) => error)).to.equal(reason);
    expect(await late.catch((error: unknown) => error)).to.equal(reason);
  });

  it('swallows the failure of a task that comes after the limit', async () => {
    const unhandled: unknown[] = [];
    const hear = (error: unknown) => unhandled.push(error);
    process.on('unhandledRejection', hear);
    let fail = (_: Error): void => {};

    await withTimeLimit('Late', 5, never, () => new Promise((_, reject) => (fail = reject))).catch(() => {});
    fail(new Error('too late'));
    await pause(10, never);

    process.off('unhandledRejection', hear);
    expect(unhandled).to.deep.equal([]);
  });

  it('takes a limit of months for what it is: a timer of Node holds 24 days and fires at once beyond', async () => {
    const value = await withTimeLimit('Waiting', 90 * 24 * 3600_000, never, async () => {
      await pause(20, never);
      return 'done';
    });

    expect(value).to.equal('done');
  });
});

describe('rejectOnAbort', () => {
  it('rejects with the reason of a signal that has fired already', async () => {
    const reason = new Error('stop');

    expect(await rejectOnAbort(AbortSignal.abort(reason)).catch((error: unknown) => error)).to.equal(reason);
  });
});

describe('pause', () => {
  it("rejects with the signal's own reason, not with an AbortError", async () => {
    const controller = new AbortController();
    const reason = new Error('stop');
    const pausing = pause(10_000, controller.signal);

    controller.abort(reason);

    expect(await pausing.catch((error: unknown) => error)).to.equal(reason);
    expect(listeners(controller.signal)).to.equal(0);
  });
});
