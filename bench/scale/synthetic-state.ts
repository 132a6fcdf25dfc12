import type { ClusterState } from '../../src/commands/backup/take-snapshots.ts';
import type { TopologyNode } from '../../src/store/topology-record.ts';
import { hostId, keyspace, type SyntheticCluster, sum, table, tableId } from './synthetic.ts';

const tokensPerNode = 16;

/** What a backup reads of ring and schema before it begins. */
export function stateOf(cluster: SyntheticCluster): ClusterState {
  return {
    ring: { nodes: ringOf(cluster), statuses: [], schemaVersions: ['one'] },
    keyspaces: [
      {
        name: keyspace,
        replication: { class: 'NetworkTopologyStrategy', dc1: '3' },
        tables: [{ keyspace, name: table, id: dashedTableId, kind: 'table', columns: [] }],
      },
    ],
    descriptions: [{ keyspace, text: Buffer.from(`CREATE KEYSPACE ${keyspace};\n`), sum }],
    skewMs: 12,
  };
}

export const dashedTableId = tableId.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

export function ringOf({ nodes }: SyntheticCluster): readonly TopologyNode[] {
  return Array.from({ length: nodes }, (_, node) => ({
    hostId: hostId(node),
    address: `10.${node >> 16}.${(node >> 8) & 255}.${node & 255}`,
    dataCenter: 'dc1',
    rack: `r${node % 3}`,
    tokens: Array.from({ length: tokensPerNode }, (_, index) =>
      String((node * tokensPerNode + index) * 1e12),
    ),
  }));
}
