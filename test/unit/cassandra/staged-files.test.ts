import { createHash } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { beginJournal } from '../../../src/cassandra/journal-files.ts';
import { checkStaged, recallStaged, stagedBytes } from '../../../src/cassandra/staged-files.ts';
import { prepareStaging } from '../../../src/cassandra/staging.ts';
import { sumLine } from '../../../src/sum-line.ts';
import { type BarePods, startBarePods } from '../../support/embedded/bare-pods.ts';
import { rejection } from '../../support/error-code.ts';
import { emptyPlan } from '../../support/journal-plan.ts';
import { type RestoreNode, restoreNode } from '../../support/restore-node.ts';

const never = new AbortController().signal;

describe('Staged files', () => {
  let pods: BarePods;
  let node: RestoreNode;
  let sums: Map<string, string>;

  beforeEach(async () => {
    pods = await startBarePods(1);
    node = restoreNode(pods, 1);
    const [directory = ''] = node.staging('users');
    sums = new Map(
      ['a', 'b', 'c'].map((name) => {
        writeFileSync(join(directory, name), name);
        return [join(directory, name), createHash('sha256').update(name).digest('hex')];
      }),
    );
  });
  afterEach(() => pods.stop());

  const check = () => checkStaged(node.tools, node.pod, { sums, roots: node.roots }, never);
  const pathOf = (name: string) => join(node.staging('users')[0] ?? '', name);

  it('are right when they have the bytes that were sent', async () => {
    expect([...(await check())]).to.deep.equal([...sums.keys()]);
  });

  it('are not right when they were altered or are gone', async () => {
    writeFileSync(pathOf('a'), 'x');
    rmSync(pathOf('b'));

    expect([...(await check())]).to.deep.equal([pathOf('c')]);
  });

  it('are never right by silence: a sha256sum that does not work', async () => {
    writeFileSync(join(pods.dir, 'cassandra-0', 'bin', 'sha256sum'), '#!/bin/sh\nexit 126\n', {
      mode: 0o755,
    });

    await rejection(check(), 'CAIN_OUTPUT_UNREADABLE');
  });

  it('are recalled by the lists beside them, where they still fit', async () => {
    await beginJournal(node.tools, node.pod, { journal: node.journal, plan: emptyPlan }, never);
    const lines = [...sums].map(([path, sum]) => sumLine(path, sum));
    writeFileSync(join(node.journal, 'sums', '1-1-1.sha256'), lines.slice(0, 2).join(''));
    writeFileSync(join(node.journal, 'sums', '1-1-2.sha256'), lines.slice(2).join(''));
    writeFileSync(pathOf('a'), 'x');

    const recalled = await recallStaged(node.tools, node.pod, node.journal, never);

    expect([...recalled]).to.have.members([pathOf('b'), pathOf('c')]);
  });

  it('are counted, in directories that may be missing', async () => {
    const [bytes, none] = await stagedBytes(node.tools, node.pod, [...node.roots, '/nowhere'], never);

    expect(bytes).to.be.greaterThan(0);
    expect(none).to.equal(0);
  });

  it('get directories with owner and mode, parents first', async () => {
    const [root = ''] = node.roots;
    const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
    const wanted = [
      { path: `${root}/shop2`, ...owner, mode: 0o750 },
      { path: `${root}/shop2/users-1`, ...owner, mode: 0o700 },
    ];

    const { directories, cassandra } = await prepareStaging(node.tools, node.pod, wanted, never);

    expect(directories).to.deep.equal(wanted);
    expect(cassandra, 'no Cassandra runs here, and the script does not find itself').to.equal(undefined);
  });
});
