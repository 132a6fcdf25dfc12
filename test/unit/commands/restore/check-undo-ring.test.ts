import { expect } from 'chai';
import type { JournalPlan, NodeJournal, TableState } from '../../../../src/cassandra/journal.ts';
import type { SurveyedNode } from '../../../../src/commands/preflight/survey-cluster.ts';
import { checkUndoRing, findOwners } from '../../../../src/commands/restore/check-undo-ring.ts';
import { journalRingOf } from '../../../../src/commands/restore/journal-ring.ts';
import type { RestoreRun } from '../../../../src/commands/restore/restore-run.ts';
import { CainError } from '../../../../src/errors.ts';
import { cqlshRows } from '../../../support/cqlsh-rows.ts';
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
      checkUndoRing({ undone, journals: journalsOn(3, 3), owners: ringOf(3), nodes: nodesOf(3) });
    }
  });

  it('is refused where it has grown: some nodes have nothing to bring back', () => {
    for (const undone of [emptyPlan, planOn(3)]) {
      const check = () =>
        checkUndoRing({ undone, journals: journalsOn(5, 3), owners: ringOf(5), nodes: nodesOf(5) });

      expect(check)
        .to.throw(CainError, 'pod-4 knows nothing of that restore')
        .with.property('code', 'CAIN_RESTORE_UNDO');
    }
  });

  it('is refused where only a part of its members was found', () => {
    const check = () =>
      checkUndoRing({ undone: emptyPlan, journals: journalsOn(2, 2), owners: ringOf(3), nodes: nodesOf(2) });

    expect(check)
      .to.throw(CainError, '10.0.0.2 (h-2) owns a range')
      .with.property('hint')
      .match(/CAIN_SELECTOR/);
  });

  it('is refused where a member has left it, or tokens have moved', () => {
    const shrunk = () =>
      checkUndoRing({ undone: planOn(3), journals: journalsOn(2, 2), owners: ringOf(2), nodes: nodesOf(2) });
    const moved = () =>
      checkUndoRing({
        undone: planOn(3),
        journals: journalsOn(3, 3),
        owners: ringOf(3),
        nodes: nodesOf(3, (index) => `${index}0`),
      });

    expect(shrunk).to.throw(CainError, 'pod-2 (h-2) is no longer a member');
    expect(moved).to.throw(CainError, 'other tokens');
  });

  it('may have members that keep nothing of what was restored', async () => {
    const rows = [{ keyspace_name: 'shop', replication: { class: 'NetworkTopologyStrategy', dc1: '1' } }];
    const tools = { run: async () => new Map([['schema', [cqlshRows(rows) + cqlshRows([]).repeat(9)]]]) };
    const run = {
      access: { tools },
      survey: { nodes: nodesOf(1), partitioner: 'org.apache.cassandra.dht.Murmur3Partitioner' },
    } as unknown as RestoreRun;
    const member = (hostId: string, dataCenter: string, token: string) => ({
      hostId,
      address: hostId,
      dataCenter,
      rack: 'r1',
      tokens: [token],
    });
    const ring = {
      nodes: [member('h-0', 'dc1', '1'), member('h-9', 'dc2', '2')],
      statuses: [],
      schemaVersions: [],
    };
    const tables = [{ keyspace: 'shop', table: 'users', kind: 'table' as const }];

    const owners = await findOwners(run, ring, { ...emptyPlan, tables });

    expect(owners.map(({ hostId }) => hostId)).to.deep.equal(['h-0']);
  });

  it('does not matter where nothing was truncated', () => {
    checkUndoRing({
      undone: planOn(3),
      journals: journalsOn(5, 2, 'staged'),
      owners: ringOf(5),
      nodes: nodesOf(5),
    });
  });
});
