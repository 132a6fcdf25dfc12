import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { listNewDrops } from '../../../src/cassandra/dropped-snapshots.ts';
import { journalDirectory } from '../../../src/cassandra/restore-paths.ts';
import { type BarePods, startBarePods } from '../../support/embedded/bare-pods.ts';
import { restoreNode } from '../../support/restore-node.ts';

const never = new AbortController().signal;
const view = { keyspace: 'shop', table: 'users', view: 'by_name', statement: 'CREATE …' };

describe('snapshots of drops', () => {
  let pods: BarePods;
  let node: ReturnType<typeof restoreNode>;
  let journal: string;

  beforeEach(async () => {
    pods = await startBarePods(1);
    node = restoreNode(pods, 2);
    journal = journalDirectory(node.dataDirectories, 'id');
    mkdirSync(join(journal, 'tables'), { recursive: true });
  });
  afterEach(() => pods.stop());

  const make = (disk: number, path: string) =>
    mkdirSync(join(node.dataDirectories[disk] ?? '', 'shop', path), { recursive: true });
  const list = () =>
    listNewDrops(
      node.tools,
      node.pod,
      { journal, table: 'shop.users', views: [view], dataDirectories: node.dataDirectories },
      never,
    );

  it('are those that came since they were first asked for, on all disks, and no others', async () => {
    make(0, 'by_name-1/snapshots/dropped-5-by_name');
    expect(await list()).to.deep.equal([]);

    make(1, 'by_name-1/snapshots/dropped-5-by_name');
    make(0, 'by_name-2/snapshots/dropped-6-by_name');
    make(1, 'by_name-2/snapshots/dropped-6-by_name');
    make(1, 'by_name-3/snapshots/dropped-7-by_name');
    make(0, 'by_name-1/snapshots/dropped-mine');
    make(0, 'by_name-1/snapshots/truncated-8-by_name');
    make(0, 'users-1/snapshots/dropped-9-users');

    expect(await list()).to.deep.equal([
      { keyspace: 'shop', name: 'dropped-6-by_name' },
      { keyspace: 'shop', name: 'dropped-7-by_name' },
    ]);
  });

  it('are none where there were none, and known to a run that comes after one that was killed', async () => {
    expect(await list()).to.deep.equal([]);
    make(0, 'by_name-2/snapshots/dropped-6-by_name');

    expect(await list()).to.deep.equal([{ keyspace: 'shop', name: 'dropped-6-by_name' }]);
    expect(await list()).to.deep.equal([{ keyspace: 'shop', name: 'dropped-6-by_name' }]);
  });
});
