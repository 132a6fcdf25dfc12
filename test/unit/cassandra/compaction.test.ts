import { expect } from 'chai';
import { holdCompaction, restoreCompaction } from '../../../src/cassandra/compaction.ts';
import { beginJournal, readJournals } from '../../../src/cassandra/journal-files.ts';
import { type BarePods, startBarePods } from '../../support/embedded/bare-pods.ts';
import { rejection } from '../../support/error-code.ts';
import { emptyPlan } from '../../support/journal-plan.ts';
import { type RestoreNode, restoreNode } from '../../support/restore-node.ts';

const never = new AbortController().signal;
const tables = ['users', 'visits', 'orders'];

describe('Automatic compaction of several tables', () => {
  let pods: BarePods;
  let node: RestoreNode;

  beforeEach(async () => {
    pods = await startBarePods(1);
    node = restoreNode(pods);
    await beginJournal(node.tools, node.pod, { journal: node.journal, plan: emptyPlan }, never);
  });
  afterEach(async () => {
    await pods.stop();
  });

  const hold = (keyspace = 'shop') =>
    holdCompaction(node.tools, node.pod, { journal: node.journal, keyspace, tables }, never);
  const turnOn = () => restoreCompaction(node.tools, node.pod, node.journal, never);
  const offNow = async () => {
    const [journal] = await readJournals(node.tools, node.pod, node.dataDirectories, never);
    return journal?.compactionOff ?? [];
  };

  it('is turned off and on by one call for each keyspace, and journalled meanwhile', async () => {
    await hold();
    await hold('log');
    expect(await offNow()).to.have.members([
      ...tables.map((table) => `shop.${table}`),
      ...tables.map((table) => `log.${table}`),
    ]);
    await turnOn();

    expect(node.calls()).to.deep.equal([
      'disableautocompaction -- shop users visits orders',
      'disableautocompaction -- log users visits orders',
      'enableautocompaction -- log orders users visits',
      'enableautocompaction -- shop orders users visits',
    ]);
    expect(await offNow()).to.deep.equal([]);
  });

  it('is turned on one by one where that fails for all, and what stays off is known', async () => {
    await hold();
    node.misbehave('stay-off users');

    const error = await rejection(turnOn(), 'CAIN_EXEC_FAILED');

    expect(error.fields?.stderr).to.contain('compaction of shop.users could not be turned on again');
    expect(error.hint).to.contain('nodetool enableautocompaction');
    expect(await offNow()).to.deep.equal(['shop.users']);
    node.misbehave('');
    await turnOn();
    expect(await offNow()).to.deep.equal([]);
    expect(node.calls().slice(-5)).to.deep.equal([
      'enableautocompaction -- shop orders users visits',
      'enableautocompaction -- shop orders',
      'enableautocompaction -- shop users',
      'enableautocompaction -- shop visits',
      'enableautocompaction -- shop users',
    ]);
  });

  it('does not mind tables that were dropped meanwhile', async () => {
    await hold();
    node.misbehave('gone');

    await turnOn();

    expect(await offNow()).to.deep.equal([]);
  });
});
