import { expect } from 'chai';
import type { ScriptCall } from '../../../../src/cassandra/pod-tools.ts';
import { holdBatches, whileCompactionIsOff } from '../../../../src/commands/restore/hold-compaction.ts';
import { openJournalBook } from '../../../../src/commands/restore/journal-book.ts';
import type { ImportNode, RestoreGroup } from '../../../../src/commands/restore/restore-plan.ts';
import type { ImportWork } from '../../../../src/commands/restore/restore-work.ts';
import { CainError } from '../../../../src/errors.ts';
import { recordLog } from '../../../support/recording-log.ts';

const gib = 1024 ** 3;

function groupsOf(count: number, tables = 1, keyspace = 'shop'): readonly RestoreGroup[] {
  return Array.from({ length: count }, (_, group) => ({
    keyspace,
    tables: Array.from({ length: tables }, (__, table) => ({
      keyspace: 'shop',
      table: `t${group}_${table}`,
    })),
  })) as unknown as readonly RestoreGroup[];
}
function nodeWith(bytes: Readonly<Record<string, number>>): Pick<ImportNode, 'files'> {
  const files = Object.entries(bytes).map(([table, size]) => [`shop.${table}`, { bytes: size }] as const);
  return { files: new Map(files) } as unknown as Pick<ImportNode, 'files'>;
}
const batchesOf = (
  groups: readonly RestoreGroup[],
  nodes: ReadonlyArray<Pick<ImportNode, 'files'>> = [],
  spread: readonly string[] = [],
) => holdBatches({ groups, nodes, spread: new Set(spread) });
const sizes = (...given: Parameters<typeof batchesOf>) => batchesOf(...given).map(({ length }) => length);

describe('holdBatches', () => {
  it('keeps the order, and has up to 50 tables together, views among them', () => {
    const groups = groupsOf(120);

    expect(sizes(groups, [nodeWith({})])).to.deep.equal([50, 50, 20]);
    expect(batchesOf(groups).flat()).to.deep.equal(groups);
    expect(sizes(groupsOf(30, 4))).to.deep.equal([12, 12, 6]);
    expect(sizes(groupsOf(2, 70))).to.deep.equal([1, 1]);
    expect(sizes([])).to.deep.equal([]);
  });

  it('leaves a large table alone, by the node that has most of it', () => {
    const few = nodeWith({ t0_0: 1, t1_0: 1, t2_0: 1, t3_0: 1, t4_0: 1 });
    const much = nodeWith({ t2_0: 2 * gib });

    expect(sizes(groupsOf(5), [few, much])).to.deep.equal([2, 1, 2]);
    expect(sizes(groupsOf(3), [nodeWith({ t0_0: gib / 2, t1_0: gib / 2, t2_0: 1 })])).to.deep.equal([2, 1]);
  });

  it('has one keyspace in each', () => {
    expect(sizes([...groupsOf(2), ...groupsOf(3, 1, 'log')])).to.deep.equal([2, 3]);
  });

  it('leaves alone what builds views or is cleaned up: that may take hours', () => {
    const [first, second, third] = groupsOf(3);
    const building = { ...second, rebuiltViews: [{}] } as unknown as RestoreGroup;

    expect(sizes([first, building, third] as RestoreGroup[])).to.deep.equal([1, 1, 1]);
    expect(sizes(groupsOf(2), [], ['shop'])).to.deep.equal([1, 1]);
  });
});

describe('whileCompactionIsOff', () => {
  const tables = ['users', 'visits', 'orders', 'plain'].map((table) => ({
    keyspace: 'shop',
    table,
    compactsAutomatically: table !== 'plain',
  }));
  const groups = tables.map((table) => ({ keyspace: 'shop', tables: [table] })) as unknown as RestoreGroup[];
  let calls: string[];

  beforeEach(() => {
    calls = [];
  });

  /** c-0 holds all tables, c-1 none; users is imported. */
  function work(holdError?: CainError): ImportWork {
    const nodes = ['c-0', 'c-1'].map((name) => ({
      node: { hostId: name, pod: { name }, dataDirectories: ['/d'] },
      files: new Map(name === 'c-0' ? tables.map(({ table }) => [`shop.${table}`, { sstables: 1 }]) : []),
    }));
    const tools = {
      async run({ name }: { name: string }, { purpose, args = [] }: ScriptCall) {
        const isHold = purpose.endsWith('off');
        calls.push([name, isHold ? 'off' : 'on', ...args.slice(1)].join(' '));
        if (isHold && holdError) throw holdError;
        return new Map([
          ['off', ['']],
          ['on', ['']],
        ]);
      },
    };
    const states = new Map([['shop.users', 'imported']]);
    const journals = new Map([['c-0', [{ id: 'a', states }]]]);
    const plan = { id: 'a', groups, nodes };
    const { signal } = new AbortController();
    const run = { access: { tools }, context: { log: recordLog() }, signal };
    const book = openJournalBook(journals as never, 'a', nodes as never);
    return { run, plan, book, restage: async () => 0 } as unknown as ImportWork;
  }
  const task = async (isHeld: boolean) => void calls.push(`task ${isHeld}`);

  it('holds what a node has yet to import and the schema compacts, and nothing on others', async () => {
    await whileCompactionIsOff(work(), groups, task);

    expect(calls).to.deep.equal(['c-0 off shop visits orders', 'task true', 'c-0 on']);
  });

  it('leaves a single group to its import', async () => {
    await whileCompactionIsOff(work(), groups.slice(1, 2), task);

    expect(calls).to.deep.equal(['task false']);
  });

  it('goes on as with single groups where it can not be turned off together', async () => {
    const error = new CainError('CAIN_EXEC_FAILED', 'Unknown keyspace/cf pair (shop.orders)');

    await whileCompactionIsOff(work(error), groups, task);

    expect(calls).to.deep.equal(['c-0 off shop visits orders', 'c-0 on', 'task false']);
  });

  it('lets everything else end the restore', async () => {
    const error = new CainError('CAIN_TIMEOUT', 'too long');

    expect(await whileCompactionIsOff(work(error), groups, task).catch((thrown) => thrown)).to.equal(error);
    expect(calls).to.deep.equal(['c-0 off shop visits orders']);
    calls = [];
    const failing = whileCompactionIsOff(work(), groups, async () => {
      throw error;
    });
    expect(await failing.catch((thrown) => thrown)).to.equal(error);
    expect(calls).to.deep.equal(['c-0 off shop visits orders']);
  });
});
