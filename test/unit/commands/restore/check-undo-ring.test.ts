import { expect } from 'chai';
import type { JournalPlan, NodeJournal, TableState } from '../../../../src/cassandra/journal.ts';
import type { SurveyedNode } from '../../../../src/commands/preflight/survey-cluster.ts';
import { checkUndoRing } from '../../../../src/commands/restore/check-undo-ring.ts';
import { journalRingOf } from '../../../../src/commands/restore/journal-ring.ts';
import { CainError } from '../../../../src/errors.ts';
import { emptyPlan } from '../../../support/journal-plan.ts';

function nodesOf(count: number, tokens: (index: number) => string = String): readonly SurveyedNode[] {
  return Array.from({ length: count }, (_, index) => ({
    pod: { name: `pod-${index}` },
    hostId: `h-${index}`,
    probe: { dataCenter: 'dc1', rack: 'r1', tokens: [tokens(index)] },
  })) as unknown as readonly SurveyedNode[];
}

const ringOf = (count: number) =>
  nodesOf(count).map(({ hostId }, index) => ({ hostId, address: `10.0.0.${index}` }));

function journalsOn(pods: number, known: number, state: TableState = 'imported') {
  const journal: NodeJournal = {
    id: emptyPlan.id,
    directory: '',
    plan: emptyPlan,
    isFinished: false,
    states: new Map([['shop.users', state]]),
    undo: new Map(),
  };
  return new Map(
    Array.from({ length: pods }, (_, index) => [`pod-${index}`, index < known ? [journal] : []]),
  );
}

const planOn = (count: number): JournalPlan => ({ ...emptyPlan, ring: journalRingOf(nodesOf(count)) });

describe('ring of an undo', () => {
  it('is the one that was restored, whether or not the journal tells it', () => {
    for (const undone of [emptyPlan, planOn(3)]) {
      checkUndoRing({ undone, journals: journalsOn(3, 3), ring: ringOf(3), nodes: nodesOf(3) });
    }
  });

  it('is refused where it has grown: some nodes have nothing to bring back', () => {
    for (const undone of [emptyPlan, planOn(3)]) {
      const check = () =>
        checkUndoRing({ undone, journals: journalsOn(5, 3), ring: ringOf(5), nodes: nodesOf(5) });

      expect(check)
        .to.throw(CainError, 'pod-4 knows nothing of that restore')
        .with.property('code', 'CAIN_RESTORE_UNDO');
    }
  });

  it('is refused where only a part of its members was found', () => {
    const check = () =>
      checkUndoRing({ undone: emptyPlan, journals: journalsOn(2, 2), ring: ringOf(3), nodes: nodesOf(2) });

    expect(check)
      .to.throw(CainError, '10.0.0.2 (h-2) is none of the pods')
      .with.property('hint')
      .match(/CAIN_SELECTOR/);
  });

  it('is refused where a member has left it, or tokens have moved', () => {
    const shrunk = () =>
      checkUndoRing({ undone: planOn(3), journals: journalsOn(2, 2), ring: ringOf(2), nodes: nodesOf(2) });
    const moved = () =>
      checkUndoRing({
        undone: planOn(3),
        journals: journalsOn(3, 3),
        ring: ringOf(3),
        nodes: nodesOf(3, (index) => `${index}0`),
      });

    expect(shrunk).to.throw(CainError, 'pod-2 (h-2) is no longer a member');
    expect(moved).to.throw(CainError, 'other tokens');
  });

  it('does not matter where nothing was truncated', () => {
    checkUndoRing({
      undone: planOn(3),
      journals: journalsOn(5, 2, 'staged'),
      ring: ringOf(5),
      nodes: nodesOf(5),
    });
  });
});
