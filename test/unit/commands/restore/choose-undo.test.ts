import { expect } from 'chai';
import type { JournalPlan, NodeJournal } from '../../../../src/cassandra/journal.ts';
import { chooseUndo, undoIdOf } from '../../../../src/commands/restore/choose-undo.ts';
import { CainError } from '../../../../src/errors.ts';
import { emptyPlan } from '../../../support/journal-plan.ts';

function journal(id: string, more: Partial<NodeJournal> = {}, plan: Partial<JournalPlan> = {}): NodeJournal {
  return {
    id,
    directory: '',
    isFinished: true,
    states: new Map(),
    undo: new Map(),
    plan: { ...emptyPlan, id, ...plan },
    ...more,
  };
}

const onPods = (...all: readonly NodeJournal[]) => new Map([['pod-0', all]]);

describe('choice of what is undone', () => {
  it('is the restore that is named, else the only one', () => {
    const two = onPods(journal('a'), journal('b'));

    expect(chooseUndo(two, 'b').plan.id).to.equal('b');
    expect(chooseUndo(onPods(journal('a')), 'job-uid').plan.id).to.equal('a');
    expect(() => chooseUndo(two, 'job-uid')).to.throw(CainError, 'several restores: a (backup');
    expect(() => chooseUndo(onPods(), undefined)).to.throw(CainError, 'know of no restore');
  });

  it('takes an unfinished restore, too, but no other one while it is', () => {
    const journals = onPods(journal('a', { isFinished: false }), journal('b'));

    expect(chooseUndo(journals, 'a').plan.id).to.equal('a');
    expect(() => chooseUndo(journals, 'b')).to.throw(CainError, 'Restore a is unfinished');
  });

  it('goes on with an undo that was begun, and does none twice', () => {
    const undone = journal('a', { isUndone: true });
    const undo = (isFinished: boolean) => journal('undo-a', { isFinished }, { undoes: 'a' });

    expect(chooseUndo(onPods(undone, undo(false)), 'a').resumed?.id).to.equal('undo-a');
    expect(() => chooseUndo(onPods(undone, undo(true)), 'a')).to.throw(CainError, 'was undone already');
  });

  it('goes by the id of the undo, too, and begins afresh once that was given up', () => {
    const restores = [journal('a', { isUndoGivenUp: true }), journal('b')];
    const undo = journal('undo-a', { isFinished: false }, { undoes: 'a' });

    expect(chooseUndo(onPods(...restores, undo), 'undo-a').plan.id).to.equal('a');
    const { plan, resumed } = chooseUndo(onPods(...restores), 'a');
    expect([plan.id, resumed]).to.deep.equal(['a', undefined]);
  });

  it('takes back nothing of a restore of one node: the truncate would reach all', () => {
    const journals = onPods(journal('a', {}, { node: 'pod-0' }));

    expect(() => chooseUndo(journals, 'a')).to.throw(
      CainError,
      "only pod-0 files, beside what it held, and can't",
    );
  });

  it('never takes an undo for a restore', () => {
    const journals = onPods(journal('undo-a', {}, { undoes: 'a' }));

    expect(() => chooseUndo(journals, 'undo-a')).to.throw(CainError, 'know of no restore');
  });

  it('has ids of at most 64 letters, each its own', () => {
    expect(undoIdOf('run-1')).to.equal('undo-run-1');
    const [first, second] = ['x', 'y'].map((last) => undoIdOf('a'.repeat(63) + last));
    expect(first).to.have.length.at.most(64).and.not.equal(second);
  });
});
