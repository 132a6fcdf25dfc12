import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { startNodeControl } from '../../../../bench/compare/node-control.ts';
import type { EmbeddedNode } from '../../../support/embedded/cassandra-node.ts';
import { runOrFail } from '../../../support/embedded/run-program.ts';

const wait = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));

describe('startNodeControl', () => {
  it('stops and starts the node by commands, and tells once what that took', async function () {
    if (spawnSync('python3', ['--version']).status !== 0) {
      console.log('Skipped: there is no python3 (Debian: apt-get install python3)');
      this.skip();
    }
    const done: string[] = [];
    const node = {
      stop: () => wait().then(() => void done.push('stop')),
      start: () => wait().then(() => void done.push('start')),
    } as unknown as EmbeddedNode;
    const control = await startNodeControl(node, { seconds: () => 0, leave: () => void done.push('leave') });
    try {
      for (const command of [control.stopCommand, control.startCommand])
        await runOrFail(['sh', '-c', command]);

      expect(done).to.deep.equal(['leave', 'stop', 'start']);
      expect(control.takeSeconds()).to.be.above(0.09);
      expect(control.takeSeconds()).to.equal(0);
    } finally {
      await control.close();
    }
  });
});
