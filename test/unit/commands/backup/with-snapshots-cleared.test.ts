import { expect } from 'chai';
import type { PodTools } from '../../../../src/cassandra/pod-tools.ts';
import { withSnapshotsCleared } from '../../../../src/commands/backup/with-snapshots-cleared.ts';
import { CainError } from '../../../../src/errors.ts';
import { rejectOnAbort } from '../../../../src/time-limit.ts';
import { backupRun } from '../../../support/backup-run.ts';
import { openMemoryStore } from '../../../support/memory-store.ts';

const nodes = { 'pod-0': ['/data'], 'pod-1': ['/data'] };

/** Clears, or fails on pod-1 with this. */
function toolsThat(failure?: Error | 'hang'): PodTools & { cleared: string[] } {
  const cleared: string[] = [];
  return {
    cleared,
    async run(pod, { args = [], signal }) {
      signal.throwIfAborted();
      if (pod.name === 'pod-1' && failure === 'hang') return await rejectOnAbort(signal);
      if (pod.name === 'pod-1' && failure) throw failure;
      cleared.push(`${pod.name} ${args[0]}`);
      return new Map([['left', ['']]]);
    },
  };
}

describe('withSnapshotsCleared', () => {
  const cut = new CainError('CAIN_EXEC_CUT', 'the API server is down', { retryable: true });
  const mine = () => new CainError('CAIN_TRANSFER_SHORT', 'mine');

  function start(tools: PodTools, signal = new AbortController().signal) {
    const run = backupRun({ store: openMemoryStore(), nodes, tools, signal });
    const told: string[] = [];
    const report = {
      phase: (name: string) => told.push(name),
      cleaned: (isDone: boolean) => told.push(isDone ? 'cleaned' : 'cleanup failed'),
    };
    return {
      run,
      told,
      withCleared: <T>(task: () => Promise<T>) => withSnapshotsCleared(run, report, task, 50),
    };
  }

  it('gives what the task gives, and clears on every node', async () => {
    const tools = toolsThat();
    const { withCleared, told } = start(tools);

    expect(await withCleared(async () => 42)).to.equal(42);
    expect(tools.cleared.toSorted()).to.deep.equal([
      'pod-0 cain-20260101000000',
      'pod-1 cain-20260101000000',
    ]);
    expect(told).to.deep.equal(['clear-snapshots', 'cleaned']);
  });

  it('clears after a failure, which it passes on', async () => {
    const tools = toolsThat();
    const { withCleared } = start(tools);
    const error = mine();

    expect(await withCleared(() => Promise.reject(error)).catch((caught: unknown) => caught)).to.equal(error);
    expect(tools.cleared).to.have.length(2);
    expect(error.cleanupErrors).to.deep.equal([]);
  });

  it('clears although the run was told to stop', async () => {
    const controller = new AbortController();
    const tools = toolsThat();
    const { withCleared } = start(tools, controller.signal);
    const reason = new CainError('CAIN_TERMINATED', 'Stopped by SIGTERM');

    const error = await withCleared(async () => {
      controller.abort(reason);
      controller.signal.throwIfAborted();
    }).catch((caught: unknown) => caught);

    expect(error).to.equal(reason);
    expect(tools.cleared).to.have.length(2);
  });

  it('never replaces the first failure by one of the clean-up, and clears where it can', async () => {
    const tools = toolsThat(cut);
    const { withCleared, told } = start(tools);
    const error = mine();

    expect(await withCleared(() => Promise.reject(error)).catch((caught: unknown) => caught)).to.equal(error);
    expect(error.cleanupErrors).to.deep.equal([cut]);
    expect(tools.cleared).to.deep.equal(['pod-0 cain-20260101000000']);
    expect(told).to.deep.equal(['cleanup failed']);
  });

  it('tells the clean-up of an error that is not ours', async () => {
    const { withCleared, run } = start(toolsThat(cut));

    await withCleared(() => Promise.reject(new TypeError('a bug'))).catch(() => {});

    expect(run.log.messages('error')).to.deep.equal(['Clearing snapshots failed']);
  });

  it('does not fail a backup that is committed', async () => {
    const { withCleared, told, run } = start(toolsThat(cut));

    expect(await withCleared(async () => 42)).to.equal(42);
    expect(told).to.deep.equal(['clear-snapshots', 'cleanup failed']);
    expect(run.log.messages('error')).to.have.length(1);
  });

  it('does not wait for ever for a node that hangs, and says what took so long', async () => {
    const { withCleared } = start(toolsThat('hang'));
    const error = mine();

    await withCleared(() => Promise.reject(error)).catch(() => {});

    expect(error.cleanupErrors).to.have.length(1);
    expect(error.cleanupErrors[0])
      .to.be.instanceOf(CainError)
      .with.property('message', 'Clearing the snapshots took longer than 0.05 s');
  });
});
