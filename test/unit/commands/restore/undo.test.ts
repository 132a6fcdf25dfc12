import { expect } from 'chai';
import type { NodeJournal, UndoSnapshot } from '../../../../src/cassandra/journal.ts';
import type { SurveyedNode } from '../../../../src/commands/preflight/survey-cluster.ts';
import { undoOf } from '../../../../src/commands/restore/undo.ts';

function node(name: string): SurveyedNode {
  return {
    pod: { name, container: 'cassandra' },
    dataDirectories: ['/d1', '/d2'],
  } as unknown as SurveyedNode;
}

function journal(undo: Record<string, readonly UndoSnapshot[]>, id = 'mine'): NodeJournal {
  return { id, directory: '', isFinished: true, states: new Map(), undo: new Map(Object.entries(undo)) };
}

const nodes = [node('pod-0'), node('pod-1')];
const full = (name: string): UndoSnapshot => ({ name, holdsData: true });

describe('undo of a restore', () => {
  it('is what its own truncates left, where that holds data', () => {
    const journals = new Map([
      ['pod-0', [journal({ 'shop.users': [full('t-1')], 'shop.hits': [{ name: 't-2', holdsData: false }] })]],
      [
        'pod-1',
        [journal({ 'shop.users': [full('t-3')] }), journal({ 'shop.users': [full('t-4')] }, 'other')],
      ],
    ]);

    const undo = undoOf(nodes, journals, 'mine');

    expect(
      undo.map(({ node: { pod }, table, snapshot }) => `${pod.name} ${table} ${snapshot}`),
    ).to.deep.equal(['pod-0 shop.users t-1', 'pod-1 shop.users t-3']);
  });
});
