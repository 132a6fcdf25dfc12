import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { JournalPlan, TableState } from '../../../../src/cassandra/journal.ts';
import { beginJournal, markUndoGivenUp, recordStates } from '../../../../src/cassandra/journal-files.ts';
import type { PodTools } from '../../../../src/cassandra/pod-tools.ts';
import { beginTruncation } from '../../../../src/cassandra/truncation.ts';
import { readAllJournals } from '../../../../src/commands/restore/read-journals.ts';
import type { RestoreRun } from '../../../../src/commands/restore/restore-run.ts';
import { settleRestore } from '../../../../src/commands/restore/settle-restore.ts';
import { cqlshRows } from '../../../support/cqlsh-rows.ts';
import { type BarePods, startBarePods } from '../../../support/embedded/bare-pods.ts';
import { emptyPlan } from '../../../support/journal-plan.ts';
import { recordLog } from '../../../support/recording-log.ts';
import { type RestoreNode, restoreNode, tableId } from '../../../support/restore-node.ts';

const never = new AbortController().signal;
const undoSnapshot = 'cain-undo-run-1';
const undone: JournalPlan = { ...emptyPlan, tables: [{ keyspace: 'shop', table: 'users', kind: 'table' }] };

const schemaWith = (id: string) => [
  [{ keyspace_name: 'shop', replication: {} }],
  [{ keyspace_name: 'shop', table_name: 'users', id }],
  ...Array.from({ length: 8 }, () => []),
];

describe('settling a restore that is to be undone', () => {
  let pods: BarePods;
  let nodes: readonly RestoreNode[];
  let run: RestoreRun;
  let liveId: string;

  beforeEach(async () => {
    pods = await startBarePods(2);
    liveId = tableId;
    nodes = ['cassandra-0', 'cassandra-1'].map((name) => restoreNode(pods, 2, name));
    const [first] = nodes;
    const tools: PodTools = {
      run: async (pod, call) =>
        call.purpose === 'Reading the schema'
          ? new Map([['schema', [schemaWith(liveId).map(cqlshRows).join('')]]])
          : await (first as RestoreNode).tools.run(pod, call),
    };
    run = {
      access: { tools },
      survey: { nodes: nodes.map(({ pod, dataDirectories }) => ({ pod, dataDirectories })) },
      context: { log: recordLog(), settings: { toolTimeoutMs: 10_000 } },
      signal: never,
    } as unknown as RestoreRun;
    for (const node of nodes) await begin(node);
  });
  afterEach(() => pods.stop());

  async function begin({ tools, pod, journal, live }: RestoreNode, takesOwnSnapshot = false): Promise<void> {
    await beginJournal(tools, pod, { journal, plan: undone }, never);
    const table = { keyspace: 'shop', table: 'users', directories: live('users'), takesOwnSnapshot };
    await beginTruncation(tools, pod, { journal, undoSnapshot, tables: [table] }, never);
  }

  /** As Cassandra makes one. */
  function snapshot(node: RestoreNode, name: string, { isWhole = true, isEmpty = false } = {}): void {
    const [directory = ''] = node.live('users');
    const path = join(directory, 'snapshots', name);
    mkdirSync(path, { recursive: true });
    if (!isEmpty) node.addSstable(path, 1);
    if (isWhole) writeFileSync(join(path, 'manifest.json'), '{}');
  }

  /** The first node took the truncate, the second one has its rows still. */
  function truncateFirst(): readonly [RestoreNode, RestoreNode] {
    const [first, second] = nodes as readonly [RestoreNode, RestoreNode];
    snapshot(first, 'truncated-1-users');
    second.addSstable(second.live('users')[0] ?? '', 5);
    return [first, second];
  }

  const snapshotsTaken = () =>
    nodes.map((node) => node.calls().filter((call) => call.startsWith('snapshot ')));

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

  it('waits, where a table was being imported, until Cassandra itself is done with that', async () => {
    const [first, second] = nodes as readonly [RestoreNode, RestoreNode];
    const states = new Map([['shop.users', 'importing' as const]]);
    await recordStates(first.tools, first.pod, { journal: first.journal, states }, never);

    await settle();

    const imports = [first, second].map((node) => node.calls().filter((call) => call.startsWith('import ')));
    expect(imports).to.deep.equal([[`import --no-tokens -- shop users ${first.journal}/scratch/empty`], []]);
  });

  it('takes a snapshot where a truncate that broke off did not come about, once', async () => {
    truncateFirst();

    await settle();
    await settle();

    expect(await known()).to.deep.equal([
      { state: 'truncating', undo: ['truncated-1-users'] },
      { state: 'truncating', undo: [undoSnapshot] },
    ]);
    expect(snapshotsTaken()).to.deep.equal([[], [`snapshot -t ${undoSnapshot} -kt shop.users`]]);
  });

  it('takes one, too, of a node that died while Cassandra took its own', async () => {
    const [, second] = truncateFirst();
    snapshot(second, 'truncated-1-users', { isWhole: false });

    await settle();

    expect((await known())[1]?.undo).to.deep.equal([undoSnapshot, 'truncated-1-users']);
  });

  it('keeps the one that it took before it was killed', async () => {
    const [, second] = truncateFirst();
    await begin(second, true);

    await settle();

    expect((await known())[1]?.undo).to.deep.equal([undoSnapshot]);
    expect(snapshotsTaken()[1]).to.have.length(1);
  });

  it('takes none of what was written since a node was truncated that had held nothing', async () => {
    const [, second] = truncateFirst();
    snapshot(second, 'truncated-1-users', { isEmpty: true });

    await settle();

    expect(snapshotsTaken()).to.deep.equal([[], []]);
  });

  it('takes none where no node was truncated, or the truncate is known for done', async () => {
    const [first, second] = nodes as readonly [RestoreNode, RestoreNode];
    second.addSstable(second.live('users')[0] ?? '', 5);
    await settle();
    snapshot(first, 'truncated-1-users');
    const states = new Map([['shop.users', 'truncated' as const]]);
    await recordStates(first.tools, first.pod, { journal: first.journal, states }, never);
    await settle();

    expect(snapshotsTaken()).to.deep.equal([[], []]);
  });

  it('leaves a table alone that was created again since', async () => {
    truncateFirst();
    liveId = 'ffffffffffffffffffffffffffffffff';

    await settle();

    expect(await known()).to.deep.equal(nodes.map(() => ({ state: 'truncating', undo: [] })));
    expect(nodes.map((node) => node.journalText('tables/shop.users.id').trim())).to.deep.equal([
      tableId,
      tableId,
    ]);
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
