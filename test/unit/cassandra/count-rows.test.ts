import { expect } from 'chai';
import fc from 'fast-check';
import { countStatements } from '../../../src/cassandra/count-rows.ts';

const table = { keyspace: 'shop', table: 'Users', partitionKey: ['grp', 'Id'] };
const smallest = -(2n ** 63n);
const largest = 2n ** 63n - 1n;

describe('counting rows', () => {
  it('reads a small table at once', () => {
    expect(countStatements(table, 1)).to.deep.equal(['SELECT JSON COUNT(*) FROM shop."Users";']);
  });

  it('reads every token but the smallest, which no key has, in just one range', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 300 }), (slices) => {
        const ranges = countStatements(table, slices).map((statement) => {
          const [, after = '', to = ''] =
            /WHERE token\(grp, "Id"\) > (-?\d+) AND token\(grp, "Id"\) <= (-?\d+);$/.exec(statement) ?? [];
          return { after: BigInt(after), to: BigInt(to) };
        });
        expect(ranges[0]?.after).to.equal(smallest);
        expect(ranges.at(-1)?.to).to.equal(largest);
        for (const [index, { after, to }] of ranges.entries()) {
          expect(after < to).to.equal(true);
          if (index > 0) expect(after).to.equal(ranges[index - 1]?.to);
        }
      }),
    );
  });
});
