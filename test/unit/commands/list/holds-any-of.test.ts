import { expect } from 'chai';
import { holdsAnyOf } from '../../../../src/commands/list/holds-any-of.ts';

const keyspaces = [{ name: 'shop' }, { name: 'log_2024' }];

describe('holdsAnyOf', () => {
  it('takes every backup without patterns, an empty one too', () => {
    expect(holdsAnyOf(keyspaces, [])).to.equal(true);
    expect(holdsAnyOf([], [])).to.equal(true);
  });

  it('takes a backup that holds a chosen keyspace', () => {
    expect(holdsAnyOf(keyspaces, ['shop'])).to.equal(true);
    expect(holdsAnyOf(keyspaces, ['log_*'])).to.equal(true);
    expect(holdsAnyOf(keyspaces, ['other'])).to.equal(false);
    expect(holdsAnyOf([], ['shop'])).to.equal(false);
  });
});
