import { expect } from 'chai';
import { orderOf } from '../../../../bench/compare/order.ts';

const tools = ['a', 'b', 'c', 'd', 'e', 'f'];
const turns = tools.map((_, turn) => orderOf(tools, turn));

describe('orderOf', () => {
  it('takes each item once in every turn', () => {
    for (const order of turns) expect(order.toSorted()).to.deep.equal(tools);
    expect(orderOf(['a', 'b', 'c'], 7).toSorted()).to.deep.equal(['a', 'b', 'c']);
    expect(orderOf([], 1)).to.deep.equal([]);
  });

  it('lets each come first once, and right after each other once', () => {
    const pairs = turns.flatMap((order) => order.slice(1).map((tool, index) => `${order[index]}${tool}`));

    expect(turns.map(([first]) => first).toSorted()).to.deep.equal(tools);
    expect(new Set(pairs).size).to.equal(tools.length * (tools.length - 1));
  });
});
