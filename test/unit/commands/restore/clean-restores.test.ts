import { expect } from 'chai';
import type { NodeJournal, TableState } from '../../../../src/cassandra/journal.ts';
import { planCleaning } from '../../../../src/commands/restore/clean-restores.ts';

function journal(id: string, isFinished: boolean, ...states: readonly TableState[]): NodeJournal {
  const byTable = new Map(states.map((state, index) => [`shop.t${index}`, state]));
  return { id, directory: '', isFinished, states: byTable, undo: new Map() };
}

function cleaningOf(first: NodeJournal, second: NodeJournal, named?: string) {
  const journals = new Map([
    ['pod-0', [first]],
    ['pod-1', [second]],
  ]);
  return planCleaning(journals, named).get(first.id);
}

describe('cleaning up after restores', () => {
  it('removes what is finished on every node', () => {
    expect(cleaningOf(journal('a', true, 'cleaned'), journal('a', true, 'cleaned'))).to.equal('remove');
  });

  it('gives up what has destroyed nothing', () => {
    expect(cleaningOf(journal('a', false, 'staged'), journal('a', false))).to.equal('give-up');
  });

  it('keeps what may have truncated a table, until it is named', () => {
    const [first, second] = [journal('a', false, 'staged', 'truncating'), journal('a', false, 'staged')];

    expect(cleaningOf(first, second)).to.equal('keep');
    expect(cleaningOf(first, second, 'b')).to.equal('keep');
    expect(cleaningOf(first, second, 'a')).to.equal('give-up');
  });

  it('keeps the journal of a restore whose views are gone, though it is named', () => {
    const view = { keyspace: 'shop', table: 't0', view: 'by_name', statement: 'CREATE …' };
    const cleanings = (finished: boolean, gone: string) =>
      planCleaning(
        new Map([['pod-0', [journal('a', finished, 'truncating')]]]),
        'a',
        new Map([[gone, [view]]]),
      );

    expect(cleanings(false, 'a').get('a')).to.equal('keep-views');
    expect(cleanings(false, 'b').get('a')).to.equal('give-up');
    expect(cleanings(true, 'a').get('a')).to.equal('remove');
  });

  it('takes a restore that only some nodes have finished for unfinished', () => {
    expect(cleaningOf(journal('a', true, 'cleaned'), journal('a', false, 'imported'))).to.equal('keep');
  });
});
