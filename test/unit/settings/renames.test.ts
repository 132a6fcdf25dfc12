import { expect } from 'chai';
import { renames } from '../../../src/settings/renames.ts';

describe('renames', () => {
  it('take keyspaces and tables', () => {
    expect(renames.parse('shop=copy, log.Events=scratch.events_old,')).to.deep.equal([
      { from: { keyspace: 'shop' }, to: { keyspace: 'copy' } },
      { from: { keyspace: 'log', table: 'Events' }, to: { keyspace: 'scratch', table: 'events_old' } },
    ]);
  });

  for (const wrong of [
    'shop',
    'shop=',
    'shop.users=copy',
    'shop=copy.users',
    'a=b=c',
    'a.b.c=d.e',
    'a=b-c',
    ',',
    `a=${'x'.repeat(49)}`,
  ]) {
    it(`refuse ${wrong.slice(0, 20)}`, () => {
      expect(renames.parse(wrong)).to.equal(undefined);
    });
  }
});
