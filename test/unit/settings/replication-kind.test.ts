import { expect } from 'chai';
import { copiesByDataCenter } from '../../../src/settings/replication-kind.ts';

describe('copies by data centre', () => {
  it('take several data centres', () => {
    expect(copiesByDataCenter.parse('dc1=3, eu-west_1=2')).to.deep.equal({ dc1: 3, 'eu-west_1': 2 });
  });

  for (const wrong of ['dc1', 'dc1=0', 'dc1=x', '=3', 'dc1=3,dc1=2', "{'dc1'=3}", ',']) {
    it(`refuse ${wrong}`, () => {
      expect(copiesByDataCenter.parse(wrong)).to.equal(undefined);
    });
  }
});
