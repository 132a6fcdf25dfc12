import { expect } from 'chai';
import { inspectImport, stopScripts } from '../../../src/cassandra/broken-import.ts';
import { restoreCompaction } from '../../../src/cassandra/compaction.ts';
import { importTable, type TableImport } from '../../../src/cassandra/import.ts';
import { beginJournal, readJournals } from '../../../src/cassandra/journal-files.ts';
import { type BarePods, startBarePods } from '../../support/embedded/bare-pods.ts';
import { waitUntil } from '../../support/embedded/wait-until.ts';
import { rejection } from '../../support/error-code.ts';
import { emptyPlan } from '../../support/journal-plan.ts';
import { type RestoreNode, restoreNode } from '../../support/restore-node.ts';

const never = new AbortController().signal;

describe('Import of a table', () => {
  let pods: BarePods;
  let node: RestoreNode;

  beforeEach(async () => {
    pods = await startBarePods(1);
    node = restoreNode(pods, 2);
    await beginJournal(node.tools, node.pod, { journal: node.journal, plan: emptyPlan }, never);
    node.addSstable(node.staging('users')[0] ?? '', 1);
    node.addSstable(node.staging('users')[1] ?? '', 2);
    node.live('users');
  });
  afterEach(async () => {
    const unhit = pods.kubernetes.faults.unhit();
    await pods.stop();
    expect(unhit).to.deep.equal([]);
  });

  function description(more: Partial<TableImport> = {}): TableImport {
    return {
      journal: node.journal,
      keyspace: 'shop',
      table: 'users',
      sstables: 2,
      limitMs: 20_000,
      togglesCompaction: true,
      liveDirectories: node.live('users'),
      stagingDirectories: node.staging('users'),
      ...more,
    };
  }
  const run = (more: Partial<TableImport> = {}, signal = never) =>
    importTable(node.tools, node.pod, description(more), signal);
  const stateOf = () => node.journalText('tables/shop.users.state').trim();
  const commands = () => node.calls().map((call) => call.split(' ')[0]);
  const expectCompactionOn = () => {
    expect(node.calls().at(-1)).to.equal('enableautocompaction -- shop users');
    expect(node.files(`${node.journal}/tables`)).not.to.include('shop.users.off');
  };

  it('moves the files, proves it, and has automatic compaction off meanwhile', async () => {
    const proof = await run();

    expect(proof).to.deep.equal({ left: [], missing: [] });
    expect(node.calls()).to.deep.equal([
      'disableautocompaction -- shop users',
      `import --no-tokens -- shop users ${node.staging('users').join(' ')}`,
      'enableautocompaction -- shop users',
    ]);
    expect(stateOf()).to.equal('imported');
    expect(node.files(node.live('users')[0] ?? '').filter((file) => file.endsWith('Data.db'))).to.have.length(
      2,
    );
  });

  it('imports nothing twice', async () => {
    await run();
    const proof = await run();

    expect(proof).to.deep.equal({ left: [], missing: [] });
    expect(commands().filter((command) => command === 'import')).to.have.length(1);
    expectCompactionOn();
  });

  it('is told again and not done again when the connection is cut at its end', async () => {
    pods.kubernetes.faults.add({ match: () => true, kind: 'cut', afterBytes: 1 });

    const proof = await run();

    expect(proof).to.deep.equal({ left: [], missing: [] });
    expect(commands().filter((command) => command === 'import')).to.have.length(1);
  });

  it('leaves automatic compaction alone where the schema turns it off', async () => {
    await run({ togglesCompaction: false });

    expect(commands()).to.deep.equal(['import']);
    expect(stateOf()).to.equal('imported');
  });

  it('takes no other number of SSTables than the backup holds', async () => {
    const error = await rejection(run({ sstables: 3 }), 'CAIN_EXEC_FAILED');

    expect(error.message).to.contain('2 of 3 SSTables of shop.users are staged');
    expect(commands()).to.deep.equal([]);
  });

  it('is not proven by exit code 0 alone: files that stay', async () => {
    node.misbehave('ignore');

    const { left, missing } = await run();

    expect(left).to.deep.equal(
      node.staging('users').map((directory, index) => `${directory}/nb-${index + 1}-big-Data.db`),
    );
    expect(missing).to.have.length(2);
    expect(stateOf()).to.equal('importing');
    expectCompactionOn();
  });

  it('is not proven by an empty staging alone: files that did not arrive', async () => {
    node.misbehave('lose');

    const { left, missing } = await run();

    expect(left).to.deep.equal([]);
    expect(missing.map(({ sizeBytes }) => sizeBytes)).to.deep.equal([6, 6]);
    expect(stateOf()).to.equal('importing');
  });

  it('turns automatic compaction on again when nodetool fails, and goes on later', async () => {
    node.misbehave('refuse');
    const error = await rejection(run(), 'CAIN_EXEC_FAILED');

    expect(error.message).to.contain('Some directories failed to import');
    expectCompactionOn();
    expect(stateOf()).to.equal('importing');

    node.misbehave('');
    expect(await run()).to.deep.equal({ left: [], missing: [] });
    expect(stateOf()).to.equal('imported');
  });

  it('says so where automatic compaction stays off, though the import is done; a later call turns it on', async () => {
    node.misbehave('stay-off');
    await rejection(run(), 'CAIN_EXEC_FAILED');

    const [journal] = await readJournals(node.tools, node.pod, node.dataDirectories, never);
    expect([journal?.states.get('shop.users'), journal?.compactionOff]).to.deep.equal([
      'imported',
      ['shop.users'],
    ]);
    await rejection(restoreCompaction(node.tools, node.pod, node.journal, never), 'CAIN_EXEC_FAILED');

    node.misbehave('');
    await restoreCompaction(node.tools, node.pod, node.journal, never);

    expectCompactionOn();
  });

  it('leaves nothing to be turned on where the table was dropped meanwhile', async () => {
    node.misbehave('stay-off');
    await rejection(run(), 'CAIN_EXEC_FAILED');
    node.misbehave('gone');

    await restoreCompaction(node.tools, node.pod, node.journal, never);

    expect(node.files(`${node.journal}/tables`)).not.to.include('shop.users.off');
  });

  it('has a limit of its own, after which nodetool ends', async () => {
    node.misbehave('hang');

    const error = await rejection(run({ limitMs: 1_500 }), 'CAIN_TIMEOUT');
    node.misbehave('');
    await stopScripts(node.tools, node.pod, node.journal, never);

    expect(error.message).to.contain('Importing shop.users');
    expectCompactionOn();
  });

  it('tells how far it had come: what is not in the table, and what is staged', async () => {
    node.misbehave('refuse');
    await rejection(run(), 'CAIN_EXEC_FAILED');

    const { missing, staged } = await inspectImport(node.tools, node.pod, description(), never);

    expect(missing.map(({ sizeBytes }) => sizeBytes)).to.deep.equal([6, 6]);
    expect(staged.get(`${node.staging('users')[0]}/nb-1-big-Index.db`)).to.equal('Index.db'.length);
    expect(staged.size).to.equal(8);
  });

  it('is stopped with nothing left running and automatic compaction on', async () => {
    node.misbehave('hang');
    const stop = new AbortController();
    const running = run({}, stop.signal);
    await waitUntil(() => node.isHanging());
    stop.abort(new Error('stopped'));
    await running.catch(() => {});

    await stopScripts(node.tools, node.pod, node.journal, never);

    expectCompactionOn();
    expect(stateOf()).to.equal('importing');
  });
});
