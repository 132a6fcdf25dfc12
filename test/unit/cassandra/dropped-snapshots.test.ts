import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { listDroppedSnapshots } from '../../../src/cassandra/dropped-snapshots.ts';
import { type BarePods, startBarePods } from '../../support/embedded/bare-pods.ts';
import { restoreNode } from '../../support/restore-node.ts';

const never = new AbortController().signal;

describe('snapshots of drops', () => {
  let pods: BarePods;

  beforeEach(async () => {
    pods = await startBarePods(1);
  });
  afterEach(() => pods.stop());

  it('are found on all disks by the name of what was dropped, and no others', async () => {
    const node = restoreNode(pods, 2);
    const [first = '', second = ''] = node.dataDirectories;
    for (const path of [
      join(first, 'shop/by_name-1/snapshots/dropped-5-by_name'),
      join(second, 'shop/by_name-1/snapshots/dropped-5-by_name'),
      join(second, 'shop/by_name-2/snapshots/dropped-7-by_name'),
      join(first, 'shop/by_name-1/snapshots/dropped-mine'),
      join(first, 'shop/by_name-1/snapshots/truncated-5-by_name'),
      join(first, 'shop/users-1/snapshots/dropped-5-users'),
    ])
      mkdirSync(path, { recursive: true });

    const found = await listDroppedSnapshots(
      node.tools,
      node.pod,
      { views: [{ keyspace: 'shop', view: 'by_name' }], dataDirectories: node.dataDirectories },
      never,
    );

    expect(found).to.deep.equal([
      { keyspace: 'shop', name: 'dropped-5-by_name' },
      { keyspace: 'shop', name: 'dropped-7-by_name' },
    ]);
  });
});
