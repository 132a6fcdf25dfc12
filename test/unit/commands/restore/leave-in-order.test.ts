import { expect } from 'chai';
import type { NodeJournal, TableState } from '../../../../src/cassandra/journal.ts';
import type { ScriptCall } from '../../../../src/cassandra/pod-tools.ts';
import { openJournalBook } from '../../../../src/commands/restore/journal-book.ts';
import { leaveInOrder } from '../../../../src/commands/restore/leave-in-order.ts';
import type { ImportPlan } from '../../../../src/commands/restore/restore-plan.ts';
import type { RestoreRun } from '../../../../src/commands/restore/restore-run.ts';
import type { ErrorCode } from '../../../../src/error-codes.ts';
import { CainError, exitCodeOf } from '../../../../src/errors.ts';

/** A restore of one table on one node ends with this error; gives what is thrown, and what was called. */
async function end(code: ErrorCode, state: TableState, keyspace = 'shop') {
  const calls: string[] = [];
  const tools = {
    async run(_: unknown, { purpose }: ScriptCall) {
      calls.push(purpose);
      return new Map(['stopped', 'on', 'removed'].map((name) => [name, ['']]));
    },
  };
  const node = { pod: { name: 'pod-0' }, dataDirectories: ['/d'] };
  const table = { keyspace, table: 'users' };
  const plan = {
    id: 'a',
    groups: [{ keyspace, tables: [table] }],
    nodes: [{ node }],
  } as unknown as ImportPlan;
  const journal: NodeJournal = {
    id: 'a',
    directory: '',
    isFinished: false,
    states: new Map([[`${keyspace}.users`, state]]),
    undo: new Map(),
  };
  const run = { access: { tools }, signal: new AbortController().signal } as unknown as RestoreRun;
  const book = openJournalBook(new Map([['pod-0', [journal]]]), 'a', plan.nodes);
  const error = new CainError(code, 'It failed', { hint: 'Nothing was changed. Mend it.' });
  const thrown = await leaveInOrder({ run, plan, book, restage: async () => 0 }, error);
  return { error, thrown, calls };
}

describe('a restore that fails', () => {
  it('has nothing run on, and automatic compaction on', async () => {
    const { calls, error, thrown } = await end('CAIN_RESTORE_UNPROVEN', 'importing');

    expect(calls).to.deep.equal(['Stopping the import', 'Turning automatic compaction on again']);
    expect(thrown).to.equal(error);
  });

  it('never says that nothing was changed once it has truncated a table', async () => {
    const { thrown, error, calls } = await end('CAIN_RESTORE_UNCONFIRMED', 'truncating');

    expect(exitCodeOf(thrown)).to.equal(1);
    expect(thrown).to.be.instanceOf(CainError).with.property('cause', error);
    expect((thrown as CainError).message)
      .to.contain('Restore a has truncated tables')
      .and.contain('It failed');
    expect((thrown as CainError).hint).to.equal(
      'Mend it. Then run it again with the same settings: it goes on where it was.',
    );
    expect(calls).not.to.include('Removing a restore');
  });

  it('leaves its staging where only the confirmation is missing, and none where no run can go on', async () => {
    const unconfirmed = await end('CAIN_RESTORE_UNCONFIRMED', 'staged');
    const damaged = await end('CAIN_CHECKSUM_MISMATCH', 'staged');

    expect(unconfirmed.thrown).to.equal(unconfirmed.error);
    expect(unconfirmed.calls).not.to.include('Removing a restore');
    expect(damaged.calls).to.include('Removing a restore');
  });

  it('keeps its own error in a drill, of which nothing stays', async () => {
    const { thrown, error } = await end('CAIN_RESTORE_REHEARSAL', 'truncated', 'cain_drill_shop');

    expect(thrown).to.equal(error);
  });
});
