import { expect } from 'chai';
import { awaitImports } from '../../../src/cassandra/await-import.ts';
import { beginJournal } from '../../../src/cassandra/journal-files.ts';
import { type BarePods, startBarePods } from '../../support/embedded/bare-pods.ts';
import { rejection } from '../../support/error-code.ts';
import { emptyPlan } from '../../support/journal-plan.ts';
import { type RestoreNode, restoreNode } from '../../support/restore-node.ts';

const never = new AbortController().signal;

describe('the end of an import that Cassandra goes on with', () => {
  let pods: BarePods;
  let node: RestoreNode;

  beforeEach(async () => {
    pods = await startBarePods(1);
    node = restoreNode(pods, 1);
    node.live('users');
    await beginJournal(node.tools, node.pod, { journal: node.journal, plan: emptyPlan }, never);
  });
  afterEach(() => pods.stop());

  const wait = (tables: readonly string[]) =>
    awaitImports(
      node.tools,
      node.pod,
      {
        journal: node.journal,
        tables: tables.map((table) => ({ keyspace: 'shop', table })),
        limitMs: 10_000,
      },
      never,
    );

  it('is waited for behind an import of nothing, table by table', async () => {
    await wait(['users', 'orders']);

    const empty = `${node.journal}/scratch/empty`;
    expect(node.calls()).to.deep.equal([
      `import --no-tokens -- shop users ${empty}`,
      `import --no-tokens -- shop orders ${empty}`,
    ]);
    expect(node.files(`${node.journal}/scratch`)).not.to.include('empty');
  });

  it('costs nothing where no table was being imported', async () => {
    await wait([]);

    expect(node.calls()).to.deep.equal([]);
  });

  it('is not taken for granted where Cassandra refuses', async () => {
    node.misbehave('refuse');

    await rejection(wait(['users']), 'CAIN_EXEC_FAILED');
  });
});
