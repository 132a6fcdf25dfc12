import { expect } from 'chai';
import type { NodeJournal, UndoSnapshot } from '../../../../src/cassandra/journal.ts';
import type { SurveyedNode } from '../../../../src/commands/preflight/survey-cluster.ts';
import { undoCommands, undoOf } from '../../../../src/commands/restore/undo.ts';

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

  it('names the commands, tables before views, which a truncate of their table empties', () => {
    const journals = new Map([
      ['pod-0', [journal({ 'shop.A_view': [full('v')], 'shop.Users': [full('t')] })]],
    ]);
    const undo = undoOf(nodes, journals, 'mine');

    const commands = undoCommands(undo, { views: new Set(['shop.A_view']), namespace: 'db' });

    const exec = 'kubectl exec -n db pod-0 -c cassandra --';
    const importOf = (table: string, snapshot: string) =>
      `${exec} sh -c 'nodetool import --no-tokens --copy-data shop ${table} $(ls -d /d1/shop/${table}-*/snapshots/${snapshot} /d2/shop/${table}-*/snapshots/${snapshot} 2>/dev/null)'`;
    expect(commands).to.deep.equal([
      `${exec} cqlsh -e 'TRUNCATE shop."Users";'`,
      importOf('Users', 't'),
      importOf('A_view', 'v'),
    ]);
  });
});
