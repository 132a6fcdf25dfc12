import { expect } from 'chai';
import type { SurveyedNode } from '../../../../src/commands/preflight/survey-cluster.ts';
import { type BackupSide, type ClusterSide, mapNodes } from '../../../../src/commands/restore/map-nodes.ts';
import { CainError } from '../../../../src/errors.ts';
import type { Manifest } from '../../../../src/store/manifest.ts';
import type { TopologyNode } from '../../../../src/store/topology-record.ts';

const replication = { class: 'org.apache.cassandra.locator.NetworkTopologyStrategy', dc1: '2' };
const partitioner = 'org.apache.cassandra.dht.Murmur3Partitioner';

function ringNode(index: number, more: Partial<TopologyNode> = {}): TopologyNode {
  return {
    hostId: `host-${index}`,
    address: `10.0.0.${index}`,
    dataCenter: 'dc1',
    rack: 'r1',
    tokens: [String(index * 100)],
    ...more,
  };
}

function backupSide(topology = [ringNode(0), ringNode(1)], more: Partial<Manifest> = {}): BackupSide {
  const manifest = {
    tag: '20260101000000',
    partitioner,
    keyspaces: [{ name: 'shop', sum: 'abcdef', replication, tables: [] }],
    nodes: topology.map(({ hostId }, index) => ({ pod: `pod-${index}`, hostId })),
    ...more,
  } as unknown as Manifest;
  return { manifest, topology, keyspaces: [{ keyspace: 'shop' }] };
}

function clusterSide(ring = [ringNode(0), ringNode(1)], more: Partial<ClusterSide> = {}): ClusterSide {
  const nodes = ring.map(({ hostId }, index) => ({ hostId, pod: { name: `pod-${index}` } }) as SurveyedNode);
  return { partitioner, ring, nodes, replications: new Map([['shop', replication]]), ...more };
}

function refusal(backup: BackupSide, cluster: ClusterSide): string {
  try {
    mapNodes(backup, cluster);
  } catch (error) {
    if (error instanceof CainError && error.code === 'CAIN_RESTORE_MAPPING') return error.message;
    throw error;
  }
  throw new Error('It was not refused');
}

describe('mapping of nodes', () => {
  it('gives each node its own files where the topology is the same', () => {
    const pairs = mapNodes(backupSide(), clusterSide());

    expect(pairs.map(({ backup, node }) => [backup.hostId, node.hostId])).to.deep.equal([
      ['host-0', 'host-0'],
      ['host-1', 'host-1'],
    ]);
  });

  it('takes pods of the same name in a cluster that was rebuilt with the same tokens', () => {
    const rebuilt = [ringNode(0, { hostId: 'new-0' }), ringNode(1, { hostId: 'new-1' })];

    const pairs = mapNodes(backupSide(), clusterSide(rebuilt));

    expect(pairs.map(({ node }) => node.hostId)).to.deep.equal(['new-0', 'new-1']);
  });

  it('takes a keyspace that is missing: it will be made as it was', () => {
    expect(mapNodes(backupSide(), clusterSide(undefined, { replications: new Map() }))).to.have.length(2);
  });

  it('takes the same replication in other words', () => {
    const short = new Map([['shop', { class: 'NetworkTopologyStrategy', dc1: '2' }]]);

    expect(mapNodes(backupSide(), clusterSide(undefined, { replications: short }))).to.have.length(2);
  });

  for (const [what, backup, cluster, text] of [
    [
      'a node that is gone',
      backupSide(),
      clusterSide([ringNode(0)]),
      "The backup's pod pod-1 (host-1) has no pod",
    ],
    [
      'a new node',
      backupSide(),
      clusterSide([ringNode(0), ringNode(1), ringNode(2)]),
      'pod-2 (host-2) is not in the backup',
    ],
    [
      'other tokens',
      backupSide(),
      clusterSide([ringNode(0), ringNode(1, { tokens: ['7'] })]),
      'Node 10.0.0.1 (host-1) has other tokens: lacks 100, has 7',
    ],
    [
      'another rack',
      backupSide(),
      clusterSide([ringNode(0), ringNode(1, { rack: 'r2' })]),
      'in rack r2, in the backup r1',
    ],
    [
      'a member of the ring that is no pod',
      backupSide(),
      clusterSide([ringNode(0), ringNode(1), ringNode(2, { tokens: [] })], { nodes: clusterSide().nodes }),
      "The ring's node 10.0.0.2 (host-2) is none of the pods",
    ],
    [
      'another replication',
      backupSide(),
      clusterSide(undefined, { replications: new Map([['shop', { ...replication, dc1: '1' }]]) }),
      'Keyspace shop is replicated as',
    ],
    [
      "a node's own keyspace",
      backupSide(undefined, {
        keyspaces: [{ name: 'shop', sum: '', replication: { class: 'LocalStrategy' }, tables: [] }],
      }),
      clusterSide(),
      'LocalStrategy',
    ],
  ] as const) {
    it(`refuses ${what}, in words`, () => {
      expect(refusal(backup, cluster)).to.contain(text);
    });
  }
});
