import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { restoreCompaction } from '../../../src/cassandra/compaction.ts';
import { beginJournal, readJournals } from '../../../src/cassandra/journal-files.ts';
import { type BarePods, startBarePods } from '../../support/embedded/bare-pods.ts';
import { rejection } from '../../support/error-code.ts';
import { emptyPlan } from '../../support/journal-plan.ts';
import { type RestoreNode, restoreNode } from '../../support/restore-node.ts';

const never = new AbortController().signal;

describe('Automatic compaction that killed imports left off', () => {
  let pods: BarePods;
  let node: RestoreNode;

  beforeEach(async () => {
    pods = await startBarePods(1);
    node = restoreNode(pods);
    await beginJournal(node.tools, node.pod, { journal: node.journal, plan: emptyPlan }, never);
    for (const table of ['users', 'visits'])
      writeFileSync(join(node.journal, 'tables', `shop.${table}.off`), '');
  });
  afterEach(async () => {
    await pods.stop();
  });

  const turnOn = () => restoreCompaction(node.tools, node.pod, node.journal, never);
  const offNow = async () => {
    const [journal] = await readJournals(node.tools, node.pod, node.dataDirectories, never);
    return journal?.compactionOff ?? [];
  };

  it('is turned on, and what stays off is known', async () => {
    node.misbehave('stay-off users');

    const error = await rejection(turnOn(), 'CAIN_EXEC_FAILED');

    expect(error.fields?.stderr).to.contain('compaction of shop.users could not be turned on again');
    expect(error.hint).to.contain('nodetool enableautocompaction');
    expect(await offNow()).to.deep.equal(['shop.users']);
    node.misbehave('');
    await turnOn();
    expect(await offNow()).to.deep.equal([]);
    expect(node.calls()).to.deep.equal([
      'enableautocompaction -- shop users',
      'enableautocompaction -- shop visits',
      'enableautocompaction -- shop users',
    ]);
  });

  it('does not mind tables that were dropped meanwhile', async () => {
    node.misbehave('gone');

    await turnOn();

    expect(await offNow()).to.deep.equal([]);
  });
});
