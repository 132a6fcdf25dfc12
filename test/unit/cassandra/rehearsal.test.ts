import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { clearRehearsals } from '../../../src/cassandra/rehearsal.ts';
import { type BarePods, startBarePods } from '../../support/embedded/bare-pods.ts';
import { type RestoreNode, restoreNode } from '../../support/restore-node.ts';

const never = new AbortController().signal;

describe('Rehearsal of an import', () => {
  let pods: BarePods;
  let node: RestoreNode;

  beforeEach(async () => {
    pods = await startBarePods(1);
    node = restoreNode(pods, 2);
  });
  afterEach(() => pods.stop());

  const clear = () => clearRehearsals(node.tools, node.pod, node.dataDirectories, never);

  it('leaves nothing, whatever restore it was of, and takes nothing else', async () => {
    const [first = '', second = ''] = node.dataDirectories;
    const left = [
      join(first, 'cain_rehearsal'),
      join(first, 'cain-restore', 'killed', 'cain_rehearsal'),
      join(second, 'cain-restore', 'killed', 'cain_rehearsal'),
    ];
    for (const directory of left) mkdirSync(join(directory, 'probe-1'), { recursive: true });
    mkdirSync(join(first, 'cain-restore', 'other', 'journal'), { recursive: true });

    expect(await clear()).to.deep.equal(left);
    expect(await clear()).to.deep.equal([]);
    expect(node.files(join(first, 'cain-restore'))).to.deep.equal(['other']);
    expect(existsSync(join(second, 'cain-restore'))).to.equal(false);
  });
});
