import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  beginJournal,
  finishJournal,
  markUndoGivenUp,
  markUndone,
  readJournals,
  recordStates,
} from '../../../src/cassandra/journal-files.ts';
import type { PodTools } from '../../../src/cassandra/pod-tools.ts';
import { type BarePods, startBarePods } from '../../support/embedded/bare-pods.ts';
import { waitUntil } from '../../support/embedded/wait-until.ts';
import { emptyPlan } from '../../support/journal-plan.ts';
import { type RestoreNode, restoreNode } from '../../support/restore-node.ts';

const never = new AbortController().signal;

describe('Restore journal on a node', () => {
  let pods: BarePods;
  let node: RestoreNode;

  beforeEach(async () => {
    pods = await startBarePods(1);
    node = restoreNode(pods, 2);
  });
  afterEach(() => pods.stop());

  const begin = (plan = emptyPlan) =>
    beginJournal(node.tools, node.pod, { journal: node.journal, plan }, never);
  const read = () => readJournals(node.tools, node.pod, node.dataDirectories, never);

  it('is empty on a node that knows of no restore', async () => {
    expect(await read()).to.deep.equal([]);
  });

  it('gives back what was written, and keeps its first plan', async () => {
    await begin();
    await begin({ ...emptyPlan, tag: '20270101000000' });
    const states = new Map([
      ['shop.users', 'staged' as const],
      ['shop.db', 'truncating' as const],
    ]);
    await recordStates(node.tools, node.pod, { journal: node.journal, states }, never);

    const [journal] = await read();

    expect(journal?.plan).to.deep.equal(emptyPlan);
    expect(journal?.directory).to.equal(node.journal);
    expect(journal?.isFinished).to.equal(false);
    expect(Object.fromEntries(journal?.states ?? [])).to.deep.equal(Object.fromEntries(states));
  });

  it('has no file that Cassandra would take for an SSTable, whatever a table is called', async () => {
    await begin();
    await recordStates(
      node.tools,
      node.pod,
      { journal: node.journal, states: new Map([['shop.db', 'staged']]) },
      never,
    );

    expect(node.files(join(node.journal, 'tables'))).to.deep.equal(['shop.db.state']);
  });

  it('stays when the restore is finished, and all else of it goes', async () => {
    await begin();
    await recordStates(
      node.tools,
      node.pod,
      { journal: node.journal, states: new Map([['shop.users', 'imported']]) },
      never,
    );
    for (const directory of node.staging('users')) writeFileSync(join(directory, 'nb-1-big-Summary.db'), 'x');

    await finishJournal(node.tools, node.pod, { journal: node.journal, roots: node.roots }, never);

    const [journal] = await read();
    expect(journal?.isFinished).to.equal(true);
    expect(journal?.states.get('shop.users')).to.equal('cleaned');
    expect(node.roots.map((root) => node.files(root))).to.deep.equal([['journal'], []]);
    expect(existsSync(join(node.journal, 'sums'))).to.equal(false);
  });

  for (const bytes of [0, 20]) {
    it(`has no plan of which ${bytes} bytes came before the connection was cut`, async () => {
      const cut = new AbortController();
      const cutTools: PodTools = {
        run: (pod, call) =>
          node.tools.run(pod, { ...call, input: call.input?.subarray(0, bytes) ?? Buffer.of() }),
      };
      const begun = beginJournal(cutTools, node.pod, { journal: node.journal, plan: emptyPlan }, cut.signal);
      await waitUntil(() => existsSync(join(node.journal, 'running')));
      cut.abort();
      await begun.catch(() => {});

      await begin();

      expect((await read())[0]?.plan).to.deep.equal(emptyPlan);
    });
  }

  it('takes an empty plan for none', async () => {
    await begin();
    writeFileSync(join(node.journal, 'plan.json'), '');

    expect((await read())[0]?.plan).to.equal(undefined);
    await begin();
    expect((await read())[0]?.plan).to.deep.equal(emptyPlan);
  });

  it('tells an undo that was given up, and one that is done', async () => {
    await begin();
    const marks = async () => (await read()).map(({ isUndoGivenUp, isUndone }) => [isUndoGivenUp, isUndone]);

    await markUndoGivenUp(node.tools, node.pod, node.journal, never);
    const afterFirst = await marks();
    await markUndone(node.tools, node.pod, node.journal, never);

    expect(afterFirst).to.deep.equal([[true, undefined]]);
    expect(await marks()).to.deep.equal([[true, true]]);
  });

  it('never takes for truncated, once it is finished, what it did not know as truncated', async () => {
    await begin();
    const states = new Map([
      ['shop.staged', 'staged' as const],
      ['shop.open', 'truncating' as const],
      ['shop.empty', 'truncated' as const],
      ['shop.half', 'importing' as const],
    ]);
    await recordStates(node.tools, node.pod, { journal: node.journal, states }, never);

    await finishJournal(node.tools, node.pod, { journal: node.journal, roots: node.roots }, never);

    const [journal] = await read();
    expect(Object.fromEntries(journal?.states ?? [])).to.deep.equal({
      'shop.staged': 'staged',
      'shop.open': 'truncating',
      'shop.empty': 'cleaned',
      'shop.half': 'cleaned',
    });
  });
});
