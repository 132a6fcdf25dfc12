import { expect } from 'chai';
import { CainError } from '../../../src/errors.ts';
import { exitCodeOfStatus } from '../../../src/kubernetes/exec-status.ts';

describe('exitCodeOfStatus', () => {
  it('is 0 for Success', () => {
    expect(exitCodeOfStatus({ status: 'Success' }, 'pod-1')).to.equal(0);
  });

  it('is the code that the cause names', () => {
    const status = {
      status: 'Failure',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '72' }] },
    };

    expect(exitCodeOfStatus(status, 'pod-1')).to.equal(72);
  });

  it("throws for the runtime's own failures, which have no exit code", () => {
    const status = {
      status: 'Failure',
      reason: 'InternalError',
      message: 'container not found ("cassandra")',
    };

    expect(() => exitCodeOfStatus(status, 'pod-1'))
      .to.throw(CainError, 'Exec in pod-1 failed: container not found ("cassandra")')
      .with.property('retryable', true);
  });
});
