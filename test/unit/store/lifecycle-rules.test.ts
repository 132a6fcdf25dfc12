import { expect } from 'chai';
import { type LifecycleRule, rulesThatExpire } from '../../../src/store/lifecycle-rules.ts';

const ours = 'backups/prod/Main Cluster/';
const expires: LifecycleRule = { ID: 'r', Status: 'Enabled', Expiration: { Days: 30 } };

function idsFor(...rules: LifecycleRule[]): string[] {
  return rulesThatExpire(rules, ours).map(({ id }) => id);
}

describe('rulesThatExpire', () => {
  it('finds rules for the whole bucket, above, at and below our prefix', () => {
    for (const Prefix of ['', 'back', 'backups/', ours, `${ours}shop/`]) {
      expect(idsFor({ ...expires, Filter: { Prefix } }), Prefix).to.deep.equal(['r']);
      expect(idsFor({ ...expires, Prefix }), Prefix).to.deep.equal(['r']);
      expect(idsFor({ ...expires, Filter: { And: { Prefix, Tags: [] } } }), Prefix).to.deep.equal(['r']);
    }
    expect(idsFor(expires)).to.deep.equal(['r']);
    expect(idsFor({ ...expires, Expiration: { Date: new Date() } })).to.deep.equal(['r']);
  });

  it('passes over rules beside our prefix', () => {
    for (const Prefix of ['logs/', 'backups/test/', 'backups/prod/Main Cluster 2/']) {
      expect(idsFor({ ...expires, Filter: { Prefix } }), Prefix).to.deep.equal([]);
    }
  });

  it('passes over rules that are off, want tags or do not delete by age', () => {
    expect(
      idsFor(
        { ...expires, Status: 'Disabled' },
        { ...expires, Filter: { Tag: { Key: 'temporary', Value: 'yes' } } },
        { ...expires, Filter: { And: { Prefix: '', Tags: [{ Key: 'temporary', Value: 'yes' }] } } },
        { ID: 'markers', Status: 'Enabled', Expiration: { ExpiredObjectDeleteMarker: true } as object },
        { ID: 'uploads', Status: 'Enabled' },
      ),
    ).to.deep.equal([]);
  });

  it('finds rules for tagged objects that ours meet, all tags of them', () => {
    const tags = { team: 'db', kind: '' };
    const idsWith = (...wanted: Array<{ Key: string; Value: string }>) =>
      rulesThatExpire([{ ...expires, Filter: { And: { Tags: wanted } } }], ours, tags).map(({ id }) => id);
    const team = { Key: 'team', Value: 'db' };

    expect(rulesThatExpire([{ ...expires, Filter: { Tag: team } }], ours, tags)).to.have.length(1);
    expect(idsWith(team, { Key: 'kind', Value: '' })).to.deep.equal(['r']);
    expect(idsWith(team, { Key: 'temporary', Value: 'yes' })).to.deep.equal([]);
    expect(idsWith({ Key: 'team', Value: 'web' })).to.deep.equal([]);
    expect(idsWith({ Key: 'constructor', Value: '' })).to.deep.equal([]);
  });

  it('names a rule without id by its place', () => {
    const { ID, ...unnamed } = expires;

    expect(idsFor({ ID: 'off', Status: 'Disabled' }, unnamed)).to.deep.equal(['rule 2']);
  });
});
