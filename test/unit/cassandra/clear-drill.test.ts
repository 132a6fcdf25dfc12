import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { clearDrill, dropKeyspaces } from '../../../src/cassandra/clear-drill.ts';
import { type BarePods, startBarePods } from '../../support/embedded/bare-pods.ts';
import { type RestoreNode, restoreNode } from '../../support/restore-node.ts';

const never = new AbortController().signal;

describe('clearing a drill', () => {
  let pods: BarePods;
  let node: RestoreNode;

  beforeEach(async () => {
    pods = await startBarePods(1);
    node = restoreNode(pods, 2);
  });
  afterEach(() => pods.stop());

  it('drops scratch keyspaces and nothing that is none', async () => {
    await dropKeyspaces(node.tools, node.pod, ['shop', 'cain_drill_shop', 'cain_rehearsal'], never);

    const text = node.calls().join('\n');
    expect(text).to.contain('DROP KEYSPACE IF EXISTS cain_drill_shop');
    expect(text).not.to.match(/EXISTS shop|rehearsal/);
  });

  it('removes their directories and what the drill kept, and nothing else', async () => {
    const { dataDirectories } = node;
    const made = [
      'shop/users-1',
      'cain_drill_shop/users-2/snapshots/dropped-1',
      'cain-restore/drill-1/journal',
    ];
    for (const directory of dataDirectories)
      for (const path of made) mkdirSync(join(directory, path), { recursive: true });

    await clearDrill(
      node.tools,
      node.pod,
      { keyspaces: ['shop', 'cain_drill_shop'], ids: ['drill-1'], dataDirectories },
      never,
    );

    for (const directory of dataDirectories) {
      expect(existsSync(join(directory, 'shop/users-1'))).to.equal(true);
      expect(existsSync(join(directory, 'cain_drill_shop'))).to.equal(false);
      expect(existsSync(join(directory, 'cain-restore'))).to.equal(false);
    }
  });
});
