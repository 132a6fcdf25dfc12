import { expect } from 'chai';
import { CainError } from '../../../src/errors.ts';
import { stopOnDoubt } from '../../../src/retention/doubt.ts';
import { rejection } from '../../support/error-code.ts';

const { signal } = new AbortController();

function failing(error: unknown): () => Promise<never> {
  return () => Promise.reject(error);
}

describe('stopOnDoubt', () => {
  it('hands over what the task gives', async () => {
    expect(await stopOnDoubt(signal, async () => 7)).to.equal(7);
  });

  it('stops on what the store says, and carries its words, hint and facts', async () => {
    const cause = new CainError('CAIN_STORE_ACCESS', "Can't list", {
      hint: 'Grant s3:ListBucket.',
      fields: { key: 'x' },
    });

    const error = await rejection(stopOnDoubt(signal, failing(cause)), 'CAIN_PRUNE_STOPPED');

    expect(error).to.include({ cause, hint: 'Grant s3:ListBucket.', retryable: false });
    expect(error.message).to.equal("Prune stopped, nothing more was deleted: Can't list");
    expect(error.fields).to.deep.equal({ key: 'x' });
  });

  it('has a hint of its own where the cause has none', async () => {
    const cause = new CainError('CAIN_STORE', 'SlowDown', { retryable: true });

    const error = await rejection(stopOnDoubt(signal, failing(cause)), 'CAIN_PRUNE_STOPPED');

    expect(error.hint).to.contain('Nothing is deleted on a doubt');
    expect(error.retryable).to.equal(true);
  });

  it('leaves a lost Lease and what nobody foresaw as they are', async () => {
    await rejection(
      stopOnDoubt(signal, failing(new CainError('CAIN_LEASE_LOST', 'Lost'))),
      'CAIN_LEASE_LOST',
    );
    const bug = new TypeError('x is undefined');

    const error = await stopOnDoubt(signal, failing(bug)).catch((thrown: unknown) => thrown);

    expect(error).to.equal(bug);
  });

  it('ends with the reason of its signal, whatever the store made of the abort', async () => {
    const stopped = AbortSignal.abort(new CainError('CAIN_TERMINATED', 'Stopped by SIGTERM'));

    await rejection(stopOnDoubt(stopped, failing(new CainError('CAIN_STORE', 'aborted'))), 'CAIN_TERMINATED');
  });
});
