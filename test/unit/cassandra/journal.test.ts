import { expect } from 'chai';
import {
  hasReached,
  type JournalPlan,
  journalPlanText,
  parseJournals,
  tableStates,
} from '../../../src/cassandra/journal.ts';
import { CainError } from '../../../src/errors.ts';

const plan: JournalPlan = {
  format: 1,
  id: 'run-1',
  tag: '20260102030405',
  source: 's3://bucket/cain/default/Test Cluster/',
  clusterName: 'Test\tCluster',
  startedAt: '2026-01-02T03:04:05.000Z',
  sum: 'abc',
  tables: [{ keyspace: 'shop', table: 'users', kind: 'table' }],
  created: ['shop.users'],
};

describe('restore journal', () => {
  it('reads what a node has of several restores', () => {
    const text = [
      'J\t/data/cain-restore/run-1/journal',
      `P\t${journalPlanText(plan).trimEnd()}`,
      'S\tshop.users\ttruncated',
      'O\tshop.users',
      'U\tshop.users\ttruncated-123-users\tyes',
      'U\tshop.users\tcain-undo-run-1\tno\t',
      'U\tshop.users\ttruncated-124-users\tyes\tpart',
      'J\t/data/cain-restore/run-0/journal',
      'F',
      'G',
      'E\t2',
      '',
    ].join('\n');

    const [first, second] = parseJournals(text, 'pod-0');

    expect(first?.plan).to.deep.equal(plan);
    expect(first?.isFinished).to.equal(false);
    expect(first?.states.get('shop.users')).to.equal('truncated');
    expect(first?.undo.get('shop.users')).to.deep.equal([
      { name: 'truncated-123-users', holdsData: true },
      { name: 'cain-undo-run-1', holdsData: false },
      { name: 'truncated-124-users', holdsData: true, isPart: true },
    ]);
    expect([first?.compactionOff, second?.compactionOff]).to.deep.equal([['shop.users'], undefined]);
    expect([second?.id, second?.isFinished, second?.plan]).to.deep.equal(['run-0', true, undefined]);
    expect([first?.isUndoGivenUp, second?.isUndoGivenUp]).to.deep.equal([undefined, true]);
  });

  it('reads of a restore of one node, which node that is', () => {
    const text = `J\t/data/cain-restore/a/journal\nP\t${journalPlanText({ ...plan, node: 'pod-2' }).trimEnd()}\nE\t1\n`;

    expect(parseJournals(text, 'pod-2')[0]?.plan?.node).to.equal('pod-2');
  });

  it('reads on which ring it worked', () => {
    const ring = { members: [{ pod: 'pod-0', hostId: 'h-0' }], sum: 'abc' };
    const text = `J\t/data/cain-restore/a/journal\nP\t${journalPlanText({ ...plan, ring }).trimEnd()}\nE\t1\n`;

    expect(parseJournals(text, 'pod-0')[0]?.plan?.ring).to.deep.equal(ring);
  });

  for (const [name, text] of [
    ['a listing without its end', 'J\t/d/cain-restore/a/journal\n'],
    ['an unknown state', 'J\t/d/cain-restore/a/journal\nS\tshop.users\tlost\nE\t1\n'],
    ['a plan of a newer format', `J\t/d/cain-restore/a/journal\nP\t{"format":2}\nE\t1\n`],
    ['a directory of another form', 'J\t/d/other\nE\t1\n'],
    ['an unknown line', 'X\tshop\nE\t0\n'],
  ] as const) {
    it(`refuses ${name}`, () => {
      expect(() => parseJournals(text, 'pod-0'))
        .to.throw(CainError)
        .with.property('code', 'CAIN_FORMAT');
    });
  }

  // Copied for each line they would take minutes.
  it('reads tens of thousands of tables', () => {
    const tables = Array.from({ length: 40_000 }, (_, index) => `shop.t${index}`);
    const lines = tables.flatMap((table) => [`S\t${table}\timporting`, `I\t${table}\tab`, `O\t${table}`]);
    const text = ['J\t/d/cain-restore/a/journal', ...lines, 'E\t1'].join('\n');

    const [journal] = parseJournals(text, 'pod-0');

    expect(journal?.states.size).to.equal(tables.length);
    expect(journal?.tableIds?.size).to.equal(tables.length);
    expect(journal?.compactionOff).to.have.length(tables.length);
  });

  it('orders its states', () => {
    for (const [index, state] of tableStates.entries()) {
      for (const [other, wanted] of tableStates.entries()) {
        expect(hasReached(state, wanted)).to.equal(index >= other);
      }
    }
    expect(hasReached(undefined, 'staged')).to.equal(false);
  });
});
