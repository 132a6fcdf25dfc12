import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { JournalPlan, TableState } from '../../../../src/cassandra/journal.ts';
import { beginJournal, markUndoGivenUp } from '../../../../src/cassandra/journal-files.ts';
import type { PodTools } from '../../../../src/cassandra/pod-tools.ts';
import { beginTruncation } from '../../../../src/cassandra/truncation.ts';
import { readAllJournals } from '../../../../src/commands/restore/read-journals.ts';
import type { RestoreRun } from '../../../../src/commands/restore/restore-run.ts';
import { settleRestore } from '../../../../src/commands/restore/settle-restore.ts';
import { cqlshRows } from '../../../support/cqlsh-rows.ts';
import { type BarePods, startBarePods } from '../../../support/embedded/bare-pods.ts';
import { emptyPlan } from '../../../support/journal-plan.ts';
import { type RestoreNode, restoreNode, tableId } from '../../../support/restore-node.ts';

const never = new AbortController().signal;
const undoSnapshot = 'cain-undo-run-1';
const undone: JournalPlan = { ...emptyPlan, tables: [{ keyspace: 'shop', table: 'users', kind: 'table' }] };

const schema = [
  [{ keyspace_name: 'shop', replication: {} }],
  [{ keyspace_name: 'shop', table_name: 'users', id: tableId }],
  ...Array.from({ length: 8 }, () => []),
];

describe('settling a restore that is to be undone', () => {
  let pods: BarePods;
  let nodes: readonly RestoreNode[];
  let run: RestoreRun;

  beforeEach(async () => {
    pods = await startBarePods(2);
    nodes = ['cassandra-0', 'cassandra-1'].map((name) => restoreNode(pods, 2, name));
    const [first] = nodes;
    const tools: PodTools = {
      run: async (pod, call) =>
        call.purpose === 'Reading the schema'
          ? new Map([['schema', [schema.map(cqlshRows).join('')]]])
          : await (first as RestoreNode).tools.run(pod, call),
    };
    run = {
      access: { tools },
      survey: { nodes: nodes.map(({ pod, dataDirectories }) => ({ pod, dataDirectories })) },
      signal: never,
    } as unknown as RestoreRun;
    for (const node of nodes) await begin(node);
  });
  afterEach(() => pods.stop());

  async function begin({ tools, pod, journal, live }: RestoreNode): Promise<void> {
    await beginJournal(tools, pod, { journal, plan: undone }, never);
    const table = { keyspace: 'shop', table: 'users', directories: live('users'), takesOwnSnapshot: false };
    await beginTruncation(tools, pod, { journal, undoSnapshot, tables: [table] }, never);
  }

  /** As Cassandra makes one. */
  function snapshot(node: RestoreNode, name: string): void {
    const [directory = ''] = node.live('users');
    const path = join(directory, 'snapshots', name);
    mkdirSync(path, { recursive: true });
    node.addSstable(path, 1);
  }

  async function settle(resumed?: JournalPlan): Promise<void> {
    await settleRestore(run, { plan: undone, resumed }, await readAllJournals(run));
  }

  async function known(): Promise<ReadonlyArray<{ state: TableState | undefined; undo: readonly string[] }>> {
    const journals = await readAllJournals(run);
    return nodes.map(({ pod }) => {
      const [journal] = journals.get(pod.name) ?? [];
      return {
        state: journal?.states.get('shop.users'),
        undo: (journal?.undo.get('shop.users') ?? []).map(({ name }) => name),
      };
    });
  }

  it('finds the snapshots of a truncate of which no journal knows the end', async () => {
    for (const node of nodes) snapshot(node, 'truncated-1-users');

    await settle();

    const settled = { state: 'truncating', undo: ['truncated-1-users'] };
    expect(await known()).to.deep.equal([settled, settled]);
  });

  it('claims no snapshot that a truncate of the undo itself has left', async () => {
    for (const node of nodes) snapshot(node, 'truncated-1-users');
    await settle();
    for (const node of nodes) snapshot(node, 'truncated-2-users');

    await settle({ ...emptyPlan, id: 'undo-run-1', undoes: undone.id });

    const settled = [['truncated-1-users'], ['truncated-1-users']];
    expect((await known()).map(({ undo }) => undo)).to.deep.equal(settled);
  });

  it('claims none either where such an undo was given up', async () => {
    for (const node of nodes) snapshot(node, 'truncated-1-users');
    await settle();
    for (const node of nodes) snapshot(node, 'truncated-2-users');
    for (const { tools, pod, journal } of nodes) await markUndoGivenUp(tools, pod, journal, never);

    await settle();

    const settled = [['truncated-1-users'], ['truncated-1-users']];
    expect((await known()).map(({ undo }) => undo)).to.deep.equal(settled);
  });
});
