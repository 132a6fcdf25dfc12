import { expect } from 'chai';
import type { SurveyedNode } from '../../../../src/commands/preflight/survey-cluster.ts';
import {
  type BackupSide,
  type ClusterSide,
  mapNodes,
  type NodeMapping,
} from '../../../../src/commands/restore/map-nodes.ts';
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

/** Pairs of node and the backup's nodes whose files it takes. */
function sourcesIn({ nodes }: NodeMapping): Array<readonly [string, readonly string[]]> {
  return nodes.map(({ node, sources }) => [node.hostId, sources.map(({ backup }) => backup.hostId)]);
}

describe('mapping of nodes', () => {
  it('gives each node its own files where the topology is the same', () => {
    const mapping = mapNodes(backupSide(), clusterSide());

    expect(sourcesIn(mapping)).to.deep.equal([
      ['host-0', ['host-0']],
      ['host-1', ['host-1']],
    ]);
    expect(mapping.spread.size).to.equal(0);
    expect(mapping.differences).to.deep.equal([]);
  });

  it('takes a cluster that was rebuilt with the same tokens under other names', () => {
    const rebuilt = [ringNode(1, { hostId: 'new-1' }), ringNode(0, { hostId: 'new-0' })];

    expect(sourcesIn(mapNodes(backupSide(), clusterSide(rebuilt)))).to.deep.equal([
      ['new-1', ['host-1']],
      ['new-0', ['host-0']],
    ]);
  });

  it('takes the same replication in other words, and racks of other names', () => {
    const short = new Map([['shop', { class: 'NetworkTopologyStrategy', dc1: '2' }]]);
    const racks = [ringNode(0, { rack: 'a' }), ringNode(1, { rack: 'a' })];

    expect(mapNodes(backupSide(), clusterSide(racks, { replications: short })).spread.size).to.equal(0);
  });

  for (const [what, backup, cluster, sources, text] of [
    [
      'a node that is gone',
      backupSide(),
      clusterSide([ringNode(0)]),
      [['host-0', ['host-0', 'host-1']]],
      "The backup's node 10.0.0.1 (host-1) has no node in the cluster",
    ],
    [
      'a new node',
      backupSide(),
      clusterSide([ringNode(0), ringNode(1), ringNode(2)]),
      [
        ['host-0', ['host-0', 'host-1']],
        ['host-1', ['host-0', 'host-1']],
        ['host-2', ['host-0', 'host-1']],
      ],
      "The cluster's node 10.0.0.2 (host-2) owns tokens and is no node of the backup",
    ],
    [
      'another replication',
      backupSide(),
      clusterSide(undefined, { replications: new Map([['shop', { ...replication, dc1: '1' }]]) }),
      [
        ['host-0', ['host-0', 'host-1']],
        ['host-1', ['host-0', 'host-1']],
      ],
      'Keyspace shop: The range that ends at 0 has other replicas than in the backup',
    ],
    [
      'a backup that lacks a node',
      backupSide(undefined, { nodes: [{ pod: 'pod-1', hostId: 'host-1' }] as unknown as Manifest['nodes'] }),
      clusterSide(),
      [
        ['host-0', ['host-1']],
        ['host-1', ['host-1']],
      ],
      'Keyspace shop: The range that ends at 0 has other replicas than in the backup',
    ],
    [
      'a backup that tells no tokens',
      { ...backupSide(), topology: [] },
      clusterSide(),
      [
        ['host-0', ['host-0', 'host-1']],
        ['host-1', ['host-0', 'host-1']],
      ],
      "The cluster's node 10.0.0.0 (host-0) owns tokens and is no node of the backup",
    ],
  ] as const) {
    it(`spreads the files for ${what}, and says why`, () => {
      const mapping = mapNodes(backup, cluster);

      expect(sourcesIn(mapping)).to.deep.equal(sources);
      expect([...mapping.spread]).to.deep.equal(['shop']);
      expect(mapping.differences).to.include(text);
    });
  }

  it('decides for each keyspace, and tells nodes whose files of which they take', () => {
    const both = [
      { name: 'shop', sum: '', replication, tables: [] },
      { name: 'log', sum: '', replication: { ...replication, dc1: '1' }, tables: [] },
    ];
    const backup = {
      ...backupSide(undefined, { keyspaces: both }),
      keyspaces: [{ keyspace: 'shop' }, { keyspace: 'copy', original: 'log' }],
    };
    const replications = new Map([
      ['shop', replication],
      ['copy', replication],
    ]);

    const { nodes, spread } = mapNodes(backup, clusterSide(undefined, { replications }));

    expect([...spread]).to.deep.equal(['copy']);
    const [first] = nodes;
    expect(first?.sources.map(({ backup: from, keyspaces }) => [from.hostId, [...keyspaces]])).to.deep.equal([
      ['host-0', ['shop', 'copy']],
      ['host-1', ['copy']],
    ]);
  });

  it('lets members pass that keep nothing of what is restored', () => {
    const ring = [ringNode(0), ringNode(1), ringNode(2, { dataCenter: 'analytics' })];
    const withoutTokens = [ringNode(0), ringNode(1), ringNode(2, { tokens: [] })];
    const { nodes } = clusterSide();

    const mapping = mapNodes(backupSide(ring), clusterSide(ring, { nodes }));

    expect(sourcesIn(mapping)).to.deep.equal([
      ['host-0', ['host-0']],
      ['host-1', ['host-1']],
    ]);
    expect(mapping.spread.size).to.equal(0);
    expect(sourcesIn(mapNodes(backupSide(), clusterSide(withoutTokens, { nodes })))).to.have.length(2);
  });

  for (const [what, backup, cluster, text] of [
    [
      'another partitioner',
      backupSide(undefined, { partitioner: 'RandomPartitioner' }),
      clusterSide(),
      "its files can't be read",
    ],
    [
      'a member of the ring that is no pod',
      backupSide(),
      clusterSide([ringNode(0), ringNode(1), ringNode(2)], { nodes: clusterSide().nodes }),
      "The ring's node 10.0.0.2 (host-2) owns a range of what is restored, and is none of the pods",
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
