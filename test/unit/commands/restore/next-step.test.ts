import { expect } from 'chai';
import fc from 'fast-check';
import type { TableState } from '../../../../src/cassandra/journal.ts';
import { mayHaveTruncated, nextStep } from '../../../../src/commands/restore/next-step.ts';

type Table = { states: Array<TableState | undefined>; rows: 'old' | 'none' | 'imported'; truncates: number };

/**
 * One run over a table on several nodes, each operation of which may be the last: `budget` counts down to the crash.
 * Journal writes reach the nodes one by one, in any order.
 */
function run(table: Table, budget: { left: number }, order: readonly number[]): void {
  const act = (operation: () => void): void => {
    if (budget.left-- <= 0) throw new Error('crash');
    operation();
  };
  const write = (isOpen: (state: TableState | undefined) => boolean, state: TableState): void => {
    for (const node of order) {
      if (isOpen(table.states[node])) {
        act(() => {
          table.states[node] = state;
        });
      }
    }
  };
  const isBefore = (wanted: TableState) => (state: TableState | undefined) =>
    nextStep([state]) === 'truncate' && state !== wanted;
  write((state) => state === undefined, 'staged');
  if (nextStep(table.states) === 'truncate') {
    write(isBefore('truncating'), 'truncating');
    act(() => {
      expect(table.rows, 'imported rows are never truncated').not.to.equal('imported');
      table.rows = 'none';
      table.truncates++;
    });
    write(isBefore('truncated'), 'truncated');
  }
  if (nextStep(table.states) === 'settle') write(isBefore('truncated'), 'truncated');
  for (const node of order) {
    if (nextStep(table.states) !== 'import' || table.states[node] === 'imported') continue;
    expect(table.rows, 'nothing is imported into old rows').not.to.equal('old');
    act(() => {
      table.states[node] = 'importing';
    });
    act(() => {
      table.rows = 'imported';
    });
    act(() => {
      table.states[node] = 'imported';
    });
  }
}

describe('next step of a restore', () => {
  for (const [states, expected] of [
    [[undefined, undefined], 'truncate'],
    [['staged', 'truncating'], 'truncate'],
    [['truncating', 'truncated'], 'settle'],
    [['imported', 'truncating'], 'settle'],
    [['imported', undefined], 'settle'],
    [['truncated', 'importing'], 'import'],
    [['imported', 'truncated'], 'import'],
    [['imported', 'cleaned'], 'done'],
  ] as const) {
    it(`is "${expected}" for ${states.join(', ')}`, () => {
      expect(nextStep(states)).to.equal(expected);
    });
  }

  it('knows when something may be lost already', () => {
    expect(mayHaveTruncated(['staged', undefined])).to.equal(false);
    expect(mayHaveTruncated(['staged', 'truncating'])).to.equal(true);
  });

  it('never truncates rows that were imported, and ends, whenever a run dies and another goes on', () => {
    const nodes = 3;
    fc.assert(
      fc.property(
        fc.array(fc.nat(15), { maxLength: 6 }),
        fc.infiniteStream(fc.shuffledSubarray([0, 1, 2], { minLength: nodes })),
        (crashes, orders) => {
          const table: Table = { states: Array(nodes).fill(undefined), rows: 'old', truncates: 0 };
          for (const left of [...crashes, Number.POSITIVE_INFINITY]) {
            const hadTruncated = table.states.includes('truncated') || table.rows === 'imported';
            const before = table.truncates;
            try {
              run(table, { left }, orders.next().value ?? []);
            } catch (error) {
              if ((error as Error).message !== 'crash') throw error;
            }
            if (hadTruncated)
              expect(table.truncates, 'a truncate that is recorded is the last').to.equal(before);
          }

          expect(nextStep(table.states)).to.equal('done');
          expect(table.rows).to.equal('imported');
        },
      ),
    );
  });
});
