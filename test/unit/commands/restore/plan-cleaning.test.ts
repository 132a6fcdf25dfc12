import { expect } from 'chai';
import type { JournalPlan, NodeJournal, TableState } from '../../../../src/cassandra/journal.ts';
import { planCleaning } from '../../../../src/commands/restore/plan-cleaning.ts';
import { emptyPlan } from '../../../support/journal-plan.ts';

function journal(id: string, isFinished: boolean, ...states: readonly TableState[]): NodeJournal {
  const byTable = new Map(states.map((state, index) => [`shop.t${index}`, state]));
  return { id, directory: '', isFinished, states: byTable, undo: new Map() };
}

/** Of `undo-a`, which takes back `a`. */
function undo(isFinished: boolean, ...states: readonly TableState[]): NodeJournal {
  const plan: JournalPlan = { ...emptyPlan, id: 'undo-a', undoes: 'a' };
  return { ...journal('undo-a', isFinished, ...states), plan };
}

function cleaningsOf(named: string | undefined, ...pods: ReadonlyArray<readonly NodeJournal[]>) {
  const journals = new Map(pods.map((all, index) => [`pod-${index}`, all]));
  return Object.fromEntries(planCleaning(journals, named));
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

  it('keeps a restore while an undo of it is unfinished, and the undo', () => {
    const finished = journal('a', true, 'cleaned');
    const open = undo(false, 'truncated');
    const kept = { a: 'keep-undone', 'undo-a': 'keep' };

    expect(cleaningsOf(undefined, [finished, open])).to.deep.equal(kept);
    expect(cleaningsOf('a', [finished, open])).to.deep.equal(kept);
    expect(cleaningsOf('a', [journal('a', false, 'truncated'), open])).to.deep.equal(kept);
    expect(cleaningsOf(undefined, [finished, undo(false, 'staged')])).to.deep.equal(kept);
  });

  it('keeps both at whatever point the undo died while it finished', () => {
    const open = [journal('a', false, 'imported'), undo(false, 'imported')];
    const finished = [journal('a', true, 'cleaned'), undo(false, 'imported')];
    const undone = [{ ...journal('a', true, 'cleaned'), isUndone: true }, undo(false, 'cleaned')];
    const done = [{ ...journal('a', true, 'cleaned'), isUndone: true }, undo(true, 'cleaned')];

    for (const first of [open, finished, undone, done]) {
      for (const second of [open, finished, undone]) {
        expect(cleaningsOf(undefined, first, second)).to.deep.equal({ a: 'keep-undone', 'undo-a': 'keep' });
      }
    }
    expect(cleaningsOf(undefined, done, done)).to.deep.equal({ a: 'remove', 'undo-a': 'remove' });
  });

  it('gives up an undo that is named, and never the snapshots that it worked from', () => {
    const finished = journal('a', true, 'cleaned');
    const givenUp = { ...finished, isUndoGivenUp: true };

    expect(cleaningsOf('undo-a', [finished, undo(false, 'truncated')])).to.deep.equal({
      a: 'keep-for-undo',
      'undo-a': 'give-up',
    });
    expect(cleaningsOf(undefined, [givenUp])).to.deep.equal({ a: 'keep-for-undo' });
    expect(cleaningsOf('a', [givenUp])).to.deep.equal({ a: 'give-up' });
    expect(cleaningsOf(undefined, [{ ...givenUp, isUndone: true }])).to.deep.equal({ a: 'remove' });
  });
});
