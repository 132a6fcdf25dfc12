import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { beginJournal, readJournals } from '../../../src/cassandra/journal-files.ts';
import { beginTruncation, endTruncation, truncateTable } from '../../../src/cassandra/truncation.ts';
import { type BarePods, startBarePods } from '../../support/embedded/bare-pods.ts';
import { emptyPlan } from '../../support/journal-plan.ts';
import { type RestoreNode, restoreNode, tableId } from '../../support/restore-node.ts';

const never = new AbortController().signal;
const undoSnapshot = 'cain-undo-run-1';

describe('Truncate', () => {
  let pods: BarePods;
  let node: RestoreNode;

  beforeEach(async () => {
    pods = await startBarePods(1);
    node = restoreNode(pods, 2);
    await beginJournal(node.tools, node.pod, { journal: node.journal, plan: emptyPlan }, never);
    snapshot('users', 'truncated-1-users');
    snapshot('users', 'mine');
  });
  afterEach(() => pods.stop());

  /** As Cassandra makes one: below the first data directory it holds an SSTable. */
  function snapshot(table: string, name: string): void {
    for (const [index, directory] of node.live(table).entries()) {
      const path = join(directory, 'snapshots', name);
      mkdirSync(path, { recursive: true });
      if (index === 0) node.addSstable(path, 1);
      if (index === 0) writeFileSync(join(path, 'manifest.json'), '{}');
    }
  }
  function begin(takesOwnSnapshot = false): Promise<void> {
    const tables = ['users', 'by_name'].map((table) => ({
      keyspace: 'shop',
      table,
      takesOwnSnapshot: takesOwnSnapshot || table === 'by_name',
      directories: node.live(table),
    }));
    return beginTruncation(node.tools, node.pod, { journal: node.journal, undoSnapshot, tables }, never);
  }
  function end(): Promise<void> {
    const tables = [
      { keyspace: 'shop', table: 'users', state: 'truncated' as const, directories: node.live('users') },
      { keyspace: 'shop', table: 'by_name', state: 'imported' as const, directories: node.live('by_name') },
    ];
    return endTruncation(node.tools, node.pod, { journal: node.journal, undoSnapshot, tables }, never);
  }
  async function journal() {
    const [found] = await readJournals(node.tools, node.pod, node.dataDirectories, never);
    return {
      states: Object.fromEntries(found?.states ?? []),
      undo: Object.fromEntries(found?.undo ?? []),
      ids: Object.fromEntries(found?.tableIds ?? []),
    };
  }

  it('is journalled before and after, and its own snapshots alone are the undo', async () => {
    node.addSstable(node.live('by_name')[0] ?? '', 5);
    await begin();
    const before = await journal();
    snapshot('users', 'truncated-2-users');
    snapshot('users', 'another');
    await end();

    expect(before.ids).to.deep.equal({ 'shop.users': tableId, 'shop.by_name': tableId });
    expect(before.states).to.deep.equal({ 'shop.users': 'truncating', 'shop.by_name': 'truncating' });
    const { ids: _, ...after } = await journal();
    expect(after).to.deep.equal({
      states: { 'shop.users': 'truncated', 'shop.by_name': 'imported' },
      undo: {
        'shop.users': [{ name: 'truncated-2-users', holdsData: true }],
        'shop.by_name': [{ name: undoSnapshot, holdsData: true }],
      },
    });
    expect(node.calls()).to.deep.equal([`snapshot -t ${undoSnapshot} -kt shop.by_name`]);
  });

  it('keeps what was noted before the first attempt, and its snapshot, and takes another of what is there now', async () => {
    await begin(true);
    snapshot('users', 'truncated-2-users');
    await begin(true);
    snapshot('users', 'truncated-3-users');
    await end();

    const { undo } = await journal();
    expect(undo['shop.users']?.map(({ name }) => name)).to.deep.equal([
      undoSnapshot,
      `${undoSnapshot}.2`,
      'truncated-2-users',
      'truncated-3-users',
    ]);
    expect(node.calls().filter((call) => call.endsWith('shop.users'))).to.deep.equal([
      `snapshot -t ${undoSnapshot} -kt shop.users`,
      `snapshot -t ${undoSnapshot}.2 -kt shop.users`,
    ]);
  });

  it('tells a snapshot that the node was about to take when it died: its manifest is missing', async () => {
    await begin();
    snapshot('users', 'truncated-2-users');
    rmSync(join(node.live('users')[0] ?? '', 'snapshots', 'truncated-2-users', 'manifest.json'));
    await end();

    expect((await journal()).undo['shop.users']).to.deep.equal([
      { name: 'truncated-2-users', holdsData: true, isPart: true },
    ]);
  });

  it('claims no snapshot where nobody noted which were there before', async () => {
    await end();

    expect((await journal()).undo).to.deep.equal({});
  });

  it('quotes the names of its statement', async () => {
    await truncateTable(
      node.tools,
      node.pod,
      { journal: node.journal, keyspace: 'shop', table: 'Users' },
      never,
    );

    expect(node.calls().join()).to.contain('TRUNCATE shop."Users";');
  });
});
