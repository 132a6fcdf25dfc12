import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import type { EmbeddedNode } from './embedded/cassandra-node.ts';
import type { EmbeddedCluster } from './embedded/cluster.ts';
import { untilAllKnown } from './embedded/ring-view.ts';

/** As a new machine would come: nothing on its disks, the same tokens, a new host id. Not for the first node, the seed. */
export async function replaceNode({ nodes }: EmbeddedCluster, node: EmbeddedNode): Promise<void> {
  const [first] = nodes;
  const hostId = await hostIdOf(node);
  await node.stop();
  const home = dirname(node.dataDirectories[0] ?? '');
  for (const name of ['commitlog', 'saved_caches', 'hints', 'cdc_raw']) {
    rmSync(join(home, name), { recursive: true, force: true });
  }
  for (const directory of node.dataDirectories) rmSync(directory, { recursive: true });
  const { code, stderr } = (await first?.nodetool('assassinate', node.address)) ?? {
    code: 1,
    stderr: 'no node',
  };
  expect(code, stderr).to.equal(0);
  await node.start().catch(async (error: Error) => {
    // It looks for its peers for two seconds, which may answer later where the machine is busy.
    if (!error.message.includes('Unable to gossip with any peers')) throw error;
    await node.stop();
    await node.start();
  });
  expect(await hostIdOf(node)).not.to.equal(hostId);
  // It takes reads before it has the tables.
  await untilAllKnown(nodes, { sameSchema: true });
}

async function hostIdOf(node: EmbeddedNode): Promise<string> {
  const { stdout } = await node.nodetool('info');
  return /^ID\s*:\s*(\S+)/m.exec(stdout)?.[1] ?? '';
}
