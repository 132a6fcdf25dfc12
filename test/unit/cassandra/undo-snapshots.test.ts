import { linkSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { beginJournal } from '../../../src/cassandra/journal-files.ts';
import { linkSnapshots, listSnapshotFiles } from '../../../src/cassandra/undo-snapshots.ts';
import { type BarePods, startBarePods } from '../../support/embedded/bare-pods.ts';
import { emptyPlan } from '../../support/journal-plan.ts';
import { type RestoreNode, restoreNode } from '../../support/restore-node.ts';

const never = new AbortController().signal;

describe('Undo snapshots', () => {
  let pods: BarePods;
  let node: RestoreNode;

  beforeEach(async () => {
    pods = await startBarePods(1);
    node = restoreNode(pods, 2);
    await beginJournal(node.tools, node.pod, { journal: node.journal, plan: emptyPlan }, never);
  });
  afterEach(() => pods.stop());

  function snapshot(index: number, name: string): string {
    const path = join(node.live('users')[index] ?? '', 'snapshots', name);
    mkdirSync(join(path, '.users_name'), { recursive: true });
    writeFileSync(join(path, 'manifest.json'), '{}');
    return path;
  }
  const link = (...snapshots: readonly string[]) =>
    linkSnapshots(
      node.tools,
      node.pod,
      {
        journal: node.journal,
        places: snapshots.map((path, index) => ({
          snapshot: path,
          staging: node.staging('users')[index] ?? '',
        })),
      },
      never,
    );

  it('are linked, not copied, component by component, as often as one asks', async () => {
    const first = snapshot(0, 's');
    node.addSstable(first, 1);
    const nowhere = join(node.live('users')[1] ?? '', 'snapshots', 's');

    await link(first, nowhere);
    await link(first, nowhere);

    const [staging = ''] = node.staging('users');
    expect(node.files(staging)).to.deep.equal([
      'nb-1-big-Data.db',
      'nb-1-big-Digest.crc32',
      'nb-1-big-Index.db',
      'nb-1-big-Statistics.db',
    ]);
    const inode = (directory: string): number => statSync(join(directory, 'nb-1-big-Data.db')).ino;
    expect(inode(staging)).to.equal(inode(first));
  });

  it('are listed with the sizes of their components; one that is gone has none', async () => {
    const path = snapshot(0, 's');
    node.addSstable(path, 7, 'bytes');

    const files = await listSnapshotFiles(node.tools, node.pod, [path, `${path}-gone`], never);

    expect(files.map(({ file }) => file)).to.have.members([
      'nb-7-big-Data.db',
      'nb-7-big-Digest.crc32',
      'nb-7-big-Index.db',
      'nb-7-big-Statistics.db',
    ]);
    expect(files.find(({ file }) => file.endsWith('Data.db'))).to.deep.equal({
      snapshot: path,
      file: 'nb-7-big-Data.db',
      sizeBytes: 5,
    });
  });

  it('take an SSTable once that is in several, though its statistics were replaced meanwhile', async () => {
    const [one, other] = [snapshot(0, 'one'), snapshot(0, 'other')];
    node.addSstable(one, 1);
    for (const component of ['Data.db', 'Digest.crc32', 'Index.db']) {
      linkSync(join(one, `nb-1-big-${component}`), join(other, `nb-1-big-${component}`));
    }
    writeFileSync(join(other, 'nb-1-big-Statistics.db'), 'repaired');
    const [staging = ''] = node.staging('users');
    const places = [one, other].map((path) => ({ snapshot: path, staging }));

    await linkSnapshots(node.tools, node.pod, { journal: node.journal, places }, never);

    expect(node.files(staging)).to.have.length(4);
  });

  it('never put a file in the place of another of the same name', async () => {
    const [one, other] = [snapshot(0, 'one'), snapshot(0, 'other')];
    node.addSstable(one, 1, 'a');
    node.addSstable(other, 1, 'b');
    const [staging = ''] = node.staging('users');
    const places = [one, other].map((path) => ({ snapshot: path, staging }));

    const linked = linkSnapshots(node.tools, node.pod, { journal: node.journal, places }, never);

    expect(await linked.catch((error: unknown) => String(error))).to.match(/File exists/);
  });
});
