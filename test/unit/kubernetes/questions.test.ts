import { expect } from 'chai';
import { mayDo } from '../../../src/kubernetes/questions.ts';

describe('mayDo', () => {
  const right = { verb: 'get', group: 'coordination.k8s.io', resource: 'leases', namespace: 'cassandra' };

  async function answerTo(status: { allowed: boolean; evaluationError?: string }) {
    const api = { createSelfSubjectAccessReview: async () => ({ spec: {}, status }) };
    return await mayDo(api, right, new AbortController().signal);
  }

  it('gives the answer of the server', async () => {
    expect(await answerTo({ allowed: true })).to.equal(true);
    expect(await answerTo({ allowed: false })).to.equal(false);
  });

  it('takes the no of an authorizer that failed for no answer', async () => {
    expect(await answerTo({ allowed: false, evaluationError: 'webhook timed out' })).to.equal(undefined);
  });

  it('ends with the run that is stopped, and with nothing else', async () => {
    const failing = { createSelfSubjectAccessReview: () => Promise.reject(new Error('404')) };
    const stopped = AbortSignal.abort(new Error('stopped'));

    expect(await mayDo(failing, right, new AbortController().signal)).to.equal(undefined);
    const error = await mayDo(failing, right, stopped).catch((caught: unknown) => caught);
    expect(error).to.have.property('message', 'stopped');
  });
});
