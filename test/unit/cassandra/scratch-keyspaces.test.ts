import { expect } from 'chai';
import { drillKeyspace, isScratchKeyspace } from '../../../src/cassandra/scratch-keyspaces.ts';

describe('scratch keyspaces', () => {
  it('have names that say whose they are, within what Cassandra takes', () => {
    expect(drillKeyspace('shop')).to.equal('cain_drill_shop');
    expect(drillKeyspace('k'.repeat(37))).to.have.length(48);
    expect(drillKeyspace('k'.repeat(38))).to.equal(undefined);
  });

  it('are told from those of users', () => {
    const names = ['cain_rehearsal', 'cain_drill_shop', 'cain_rehearsals', 'cain', 'shop'];

    expect(names.filter(isScratchKeyspace)).to.deep.equal(['cain_rehearsal', 'cain_drill_shop']);
  });
});
