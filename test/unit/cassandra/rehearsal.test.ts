import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { clearRehearsals, rehearseImport } from '../../../src/cassandra/rehearsal.ts';
import { type BarePods, startBarePods } from '../../support/embedded/bare-pods.ts';
import { rejection } from '../../support/error-code.ts';
import { type RestoreNode, restoreId, restoreNode } from '../../support/restore-node.ts';

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

  /** In the keyspace's directory below the first data directory, or another. */
  function folder(path: string, directory = 0): string {
    const made = join(node.dataDirectories[directory] ?? '', 'cain_rehearsal', path);
    mkdirSync(made, { recursive: true });
    return made;
  }
  const rehearse = () => {
    const { tools, pod, dataDirectories } = node;
    return rehearseImport(tools, pod, { restoreId, dataDirectories }, never);
  };
  const imported = (live: string): readonly string[] =>
    node.files(live).filter((file) => /^nb-\d\d-big-Data\.db$/.test(file));

  it('imports what is flushed, and counts no other SSTable that goes meanwhile', async () => {
    const live = folder('probe-2');
    node.addSstable(live, 1, 'flushed');
    node.misbehave('tidy');

    expect(await rehearse()).to.deep.equal({ left: [], imported: 2 });
    expect(node.calls()[0]).to.equal('flush -- cain_rehearsal probe');
    expect(imported(live).map((file) => readFileSync(join(live, file), 'utf8'))).to.deep.equal([
      'flushed',
      'flushed',
    ]);
    expect(node.files(live)).not.to.include('nb-1-big-Data.db');
  });

  it('tells what an import leaves behind', async () => {
    node.addSstable(folder('probe-2'), 1);
    node.misbehave('ignore');

    const { left, imported: count } = await rehearse();

    expect(count).to.equal(0);
    expect(left).to.have.length(2);
    for (const path of left) expect(path).to.match(/\/cain-restore\/.*\/nb-1-big-Data\.db$/);
  });

  it('fails before anything is staged where there is no SSTable', async () => {
    folder('probe-2');

    const error = await rejection(rehearse(), 'CAIN_EXEC_FAILED');
    expect(error.message).to.contain('no SSTable of the rehearsal lies in the data directories');
    expect(existsSync(join(node.dataDirectories[0] ?? '', 'cain-restore'))).to.equal(false);
  });

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
