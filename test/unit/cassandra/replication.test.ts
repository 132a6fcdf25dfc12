import { expect } from 'chai';
import { parseReplication } from '../../../src/cassandra/replication.ts';
import { CainError } from '../../../src/errors.ts';

const locator = 'org.apache.cassandra.locator';

describe('parseReplication', () => {
  it('reads the strategies of a row of system_schema.keyspaces', () => {
    const simple = { class: `${locator}.SimpleStrategy`, replication_factor: '3' };
    const topology = { class: `${locator}.NetworkTopologyStrategy`, dc1: '2', 'dc 2': '0' };

    expect(parseReplication('ks', simple)).to.deep.equal({
      strategy: 'SimpleStrategy',
      replicationFactor: 3,
    });
    expect(parseReplication('ks', topology)).to.deep.equal({
      strategy: 'NetworkTopologyStrategy',
      replicationFactors: { dc1: 2, 'dc 2': 0 },
    });
    expect(parseReplication('ks', { class: `${locator}.LocalStrategy` })).to.deep.equal({
      strategy: 'LocalStrategy',
    });
    expect(parseReplication('ks', { class: `${locator}.EverywhereStrategy` })).to.deep.equal({
      strategy: 'EverywhereStrategy',
    });
  });

  it('reads the short class names of a DESC', () => {
    expect(parseReplication('ks', { class: 'NetworkTopologyStrategy', dc1: '1' })).to.deep.equal({
      strategy: 'NetworkTopologyStrategy',
      replicationFactors: { dc1: 1 },
    });
  });

  it('refuses transient replication, unknown strategies and what is no number', () => {
    const refused = (row: Readonly<Record<string, string>>, code: string, words: RegExp): void => {
      expect(() => parseReplication('shop', row))
        .to.throw(CainError, words)
        .with.property('code', code);
    };

    refused(
      { class: 'NetworkTopologyStrategy', dc1: '3/1' },
      'CAIN_PREFLIGHT',
      /shop has transient replication \(3\/1\)/,
    );
    refused({ class: 'SimpleStrategy', replication_factor: '3/1' }, 'CAIN_PREFLIGHT', /transient/);
    refused({ class: 'com.example.OurStrategy' }, 'CAIN_PREFLIGHT', /com\.example\.OurStrategy/);
    refused({}, 'CAIN_PREFLIGHT', /unknown replication strategy/);
    refused({ class: 'SimpleStrategy' }, 'CAIN_OUTPUT_UNREADABLE', /replication factor ""/);
    refused({ class: 'NetworkTopologyStrategy', dc1: '-1' }, 'CAIN_OUTPUT_UNREADABLE', /"-1"/);
  });
});
