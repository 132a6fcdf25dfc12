import { expect } from 'chai';
import { replicationMisfit } from '../../../src/cassandra/replication-fit.ts';
import { ringNode } from '../../support/rings.ts';

const ring = [
  ringNode('a', 'dc1/r1', [1]),
  ringNode('b', 'dc1/r1', [2]),
  ringNode('c', 'dc2/r1', [3]),
  ringNode('d', 'dc2/r1', []),
];
const topology = 'NetworkTopologyStrategy';

describe('fit of a replication', () => {
  for (const [replication, misfit] of [
    [{ class: topology, dc1: '2', dc2: '1' }, undefined],
    [{ class: topology, dc1: '3' }, '3 copies in data centre dc1, which has 2 nodes'],
    [
      { class: topology, dc9: '1', dc2: '2' },
      'no data centre dc9, 2 copies in data centre dc2, which has 1 nodes',
    ],
    [{ class: topology, dc9: '0', dc1: '1' }, undefined],
    [{ class: 'SimpleStrategy', replication_factor: '3' }, undefined],
    [{ class: 'SimpleStrategy', replication_factor: '4' }, '4 copies on 3 nodes'],
    [{ class: 'EverywhereStrategy' }, undefined],
  ] as const) {
    it(`of ${JSON.stringify(replication)} is ${misfit ?? 'given'}`, () => {
      expect(replicationMisfit('shop', replication, ring)).to.equal(misfit);
    });
  }
});
