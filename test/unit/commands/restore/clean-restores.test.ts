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

  it('takes a restore that only some nodes have finished for unfinished', () => {
    expect(cleaningOf(journal('a', true, 'cleaned'), journal('a', false, 'imported'))).to.equal('keep');
  });
});
