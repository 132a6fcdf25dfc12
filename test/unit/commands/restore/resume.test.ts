import { expect } from 'chai';
import type { JournalPlan, NodeJournal } from '../../../../src/cassandra/journal.ts';
import {
  idToWorkUnder,
  type JournalsByPod,
  standingOf,
  tagToRestore,
  type WantedRestore,
} from '../../../../src/commands/restore/resume.ts';
import { CainError } from '../../../../src/errors.ts';

const tag = '20260101000000';

function journal(id: string, more: Partial<NodeJournal> & { readonly sum?: string } = {}): NodeJournal {
  const { sum = 'sum', ...rest } = more;
  const plan: JournalPlan = {
    format: 1,
    id,
    tag,
    source: 's3://bucket/',
    clusterName: 'Test Cluster',
    startedAt: '2026-01-01T00:00:00Z',
    sum,
    tables: [],
    created: [],
  };
  return {
    id,
    directory: `/d/cain-restore/${id}/journal`,
    plan,
    isFinished: false,
    states: new Map(),
    undo: new Map(),
    ...rest,
  };
}

function wanted(more: Partial<WantedRestore> = {}): WantedRestore {
  return { sum: 'sum', tag, source: 's3://bucket/', tables: [], ...more };
}

function onPods(...journals: ReadonlyArray<readonly NodeJournal[]>): JournalsByPod {
  return new Map(journals.map((all, index) => [`pod-${index}`, all]));
}

function withoutPlan(id: string): NodeJournal {
  const { plan: _, ...rest } = journal(id);
  return rest;
}

describe('resuming a restore', () => {
  it('begins anew where the nodes know of no restore, or of others that are finished', () => {
    expect(standingOf(onPods([], []), 'mine', 'latest').kind).to.equal('new');
    expect(standingOf(onPods([journal('other', { isFinished: true })]), 'mine', 'latest').kind).to.equal(
      'new',
    );
    expect(standingOf(onPods([withoutPlan('other')]), 'mine', 'latest').kind).to.equal('new');
  });

  it('has nothing to do where all nodes have finished this id', () => {
    const done = journal('mine', { isFinished: true });

    expect(standingOf(onPods([done], [done]), 'mine', 'latest').kind).to.equal('finished');
    expect(() => standingOf(onPods([done]), 'mine', '20250101000000')).to.throw(
      CainError,
      `of backup ${tag}`,
    );
  });

  it('leaves a finished id alone though another restore is unfinished', () => {
    const [done, other] = [journal('mine', { isFinished: true }), journal('other')];

    expect(standingOf(onPods([done, other]), 'mine', 'latest').kind).to.equal('finished');
    expect(standingOf(onPods([done, other, journal('third')]), 'mine', 'latest').kind).to.equal('finished');
  });

  it('goes on where only some nodes have finished', () => {
    const standing = standingOf(
      onPods([journal('mine', { isFinished: true })], [journal('mine')]),
      'mine',
      'latest',
    );

    expect(standing.kind).to.equal('unfinished');
    expect(idToWorkUnder(standing, 'mine', wanted())).to.equal('mine');
  });

  it('keeps its tag although "latest" may mean a newer backup by now', () => {
    const own = standingOf(onPods([journal('mine')]), 'mine', 'latest');
    const other = standingOf(onPods([journal('other')]), 'mine', 'latest');

    expect(tagToRestore(own, 'mine', 'latest')).to.equal(tag);
    expect(tagToRestore(other, 'mine', 'latest')).to.equal('latest');
    expect(tagToRestore(own, 'mine', '20250101000000')).to.equal('20250101000000');
  });

  it('takes over the same restore of another id', () => {
    const standing = standingOf(onPods([journal('other')]), 'mine', 'latest');

    expect(idToWorkUnder(standing, 'mine', wanted())).to.equal('other');
  });

  for (const id of ['mine', 'other']) {
    it(`refuses to leave another restore half done, under the id "${id}"`, () => {
      const standing = standingOf(onPods([journal(id)]), 'mine', 'latest');

      expect(() => idToWorkUnder(standing, 'mine', wanted({ sum: 'another sum' })))
        .to.throw(CainError, `Restore ${id} of backup ${tag}`)
        .with.property('code', 'CAIN_RESTORE_JOURNAL');
    });
  }

  it('says in what it is another one, and that it can be undone once something is truncated', () => {
    const own = journal('other');
    const tables = [{ keyspace: 'shop', table: 'users', kind: 'table' as const }];
    const merge = { ...own, plan: { ...own.plan, tables, isMerge: true } as JournalPlan };
    const begun = { ...merge, states: new Map([['shop.users', 'truncating' as const]]) };
    const refusalOf = (found: NodeJournal, more: Partial<WantedRestore>): CainError => {
      try {
        idToWorkUnder(standingOf(onPods([found]), 'mine', 'latest'), 'mine', wanted({ sum: 'b', ...more }));
      } catch (error) {
        return error as CainError;
      }
      throw new Error('It was taken for the same');
    };

    const refusal = refusalOf(begun, { tag: '20260202000000', tables: ['shop.hits'] });

    expect(refusal.message).to.equal(
      [
        `Restore other of backup ${tag} (begun 2026-01-01T00:00:00Z) is unfinished and is another one:`,
        `its backup is ${tag}; here it would be 20260202000000`,
        'its mode is merge; here it would be replace',
        'of its tables, here would lack shop.users',
        'its tables are not shop.hits',
      ].join('\n  - '),
    );
    expect(refusal.hint).to.contain('CAIN_RESTORE_ID=other and --undo').and.contain('--clean');
    expect(refusalOf(merge, {}).hint).to.contain('--clean').and.not.contain('--undo');
    expect(refusalOf(own, {}).message).to.contain('its files go to other nodes');
    expect(refusalOf(own, { node: 'pod-1', isMerge: true }).message).to.contain('CAIN_NODE=pod-1');
  });

  it('refuses several unfinished restores', () => {
    expect(() => standingOf(onPods([journal('one')], [journal('two')]), 'mine', 'latest')).to.throw(
      CainError,
      'one, two',
    );
  });

  it('refuses an id whose restore was undone', () => {
    const journals = onPods([journal('mine', { isFinished: true, isUndone: true })]);

    expect(() => standingOf(journals, 'mine', 'latest')).to.throw(CainError, 'was undone');
  });

  it('never goes on with a restore that was undone, be it in part', () => {
    const given = { isUndoGivenUp: true };
    const finished = onPods([journal('mine', { isFinished: true, ...given })]);
    const unfinished = onPods([journal('mine', given)]);
    const undoneOnOneNode = onPods(
      [journal('mine', { isFinished: true, isUndone: true })],
      [journal('mine')],
    );

    for (const id of ['mine', 'another']) {
      expect(() => standingOf(unfinished, id, 'latest')).to.throw(
        CainError,
        'undo of restore mine was given up',
      );
      expect(() => standingOf(undoneOnOneNode, id, 'latest')).to.throw(CainError, 'mine was undone');
    }
    expect(() => standingOf(finished, 'mine', 'latest')).to.throw(
      CainError,
      'undo of restore mine was given up',
    );
    expect(standingOf(finished, 'another', 'latest').kind).to.equal('new');
  });

  it('names the undo that must end first', () => {
    const undo = journal('undo-other');
    const plan = { ...undo.plan, undoes: 'other' } as JournalPlan;
    const onNodes = onPods([{ ...undo, plan }, journal('other', { isFinished: true })]);

    for (const id of ['mine', 'other']) {
      const standing = standingOf(onNodes, id, 'latest');
      expect(() => idToWorkUnder(standing, id, wanted({ sum: 'another sum' }))).to.throw(
        CainError,
        'undo of restore other',
      );
    }
  });

  it('does not mind a drill that was killed', () => {
    const drill = journal('drill-1');
    const tables = [{ keyspace: 'cain_drill_shop', table: 'users', kind: 'table' as const }];
    const plan = { ...drill.plan, tables } as JournalPlan;

    expect(standingOf(onPods([{ ...drill, plan }]), 'mine', 'latest').kind).to.equal('new');
  });
});
