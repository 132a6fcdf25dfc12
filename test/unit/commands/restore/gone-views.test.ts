import { expect } from 'chai';
import type { NodeJournal, TableState } from '../../../../src/cassandra/journal.ts';
import type { SchemaKeyspace } from '../../../../src/cassandra/schema.ts';
import { goneViews } from '../../../../src/commands/restore/gone-views.ts';
import { emptyPlan } from '../../../support/journal-plan.ts';

const view = { keyspace: 'shop', table: 'users', view: 'by_name', statement: 'CREATE …' };

function goneOf(
  tables: readonly string[],
  more: Partial<NodeJournal> = {},
  state: TableState = 'truncating',
) {
  const journal: NodeJournal = {
    id: 'a',
    directory: '',
    plan: { ...emptyPlan, views: [view] },
    isFinished: false,
    states: new Map([['shop.users', state]]),
    undo: new Map(),
    ...more,
  };
  const keyspace = {
    name: 'shop',
    tables: tables.map((name) => ({ keyspace: 'shop', name })),
  } as unknown as SchemaKeyspace;
  return goneViews(new Map([['pod-0', [journal]]]), [keyspace]).get('a');
}

describe('views that a restore has dropped', () => {
  it('are gone where they are not in the cluster and their table is', () => {
    expect(goneOf(['users'])).to.deep.equal([view]);
    expect(goneOf(['users', 'by_name'])).to.equal(undefined);
    expect(goneOf([])).to.equal(undefined);
  });

  it('are nobody’s care once the restore is finished, and were not dropped before its table was reached', () => {
    expect(goneOf(['users'], { isFinished: true })).to.equal(undefined);
    expect(goneOf(['users'], {}, 'staged')).to.equal(undefined);
  });
});
