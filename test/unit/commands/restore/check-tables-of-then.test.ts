import { expect } from 'chai';
import type { NodeJournal, TableState } from '../../../../src/cassandra/journal.ts';
import type { SurveyedNode } from '../../../../src/commands/preflight/survey-cluster.ts';
import { checkTablesOfThen } from '../../../../src/commands/restore/check-tables-of-then.ts';
import { openJournalBook } from '../../../../src/commands/restore/journal-book.ts';
import type { RestoreGroup } from '../../../../src/commands/restore/restore-plan.ts';
import { CainError } from '../../../../src/errors.ts';

function check(
  state: TableState,
  now: { liveId?: string; isCreated?: boolean },
  idOfThen?: string,
): () => void {
  const journal: NodeJournal = {
    id: 'a',
    directory: '',
    isFinished: false,
    states: new Map([['shop.users', state]]),
    undo: new Map(),
    ...(idOfThen === undefined ? {} : { tableIds: new Map([['shop.users', idOfThen]]) }),
  };
  const journals = new Map([['pod-0', [journal]]]);
  const table = { keyspace: 'shop', table: 'users', liveId: '1', isCreated: false, ...now };
  const groups = [{ keyspace: 'shop', tables: [table] }] as unknown as readonly RestoreGroup[];
  const book = openJournalBook(journals, 'a', [
    { node: { pod: { name: 'pod-0' } } as unknown as SurveyedNode },
  ]);
  return () => checkTablesOfThen({ id: 'a', groups }, book, journals);
}

describe('tables of a restore that goes on', () => {
  it('are those that it has truncated', () => {
    check('imported', {}, '1')();
    check('imported', {})();
  });

  it('were not dropped since, nor created again', () => {
    expect(check('imported', { isCreated: true }))
      .to.throw(CainError, 'shop.users was dropped since')
      .with.property('code', 'CAIN_RESTORE_JOURNAL');
    expect(check('truncated', { liveId: '2' }, '1')).to.throw(
      CainError,
      'shop.users was dropped and created again',
    );
  });

  it('may be others where they are not truncated yet', () => {
    check('staged', { isCreated: true })();
    check('truncating', { liveId: '2' }, '1')();
  });
});
