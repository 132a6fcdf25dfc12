import type { NodeStatus } from '../../src/cassandra/nodetool-output.ts';

/** The rows of system.peers_v2 that go with these lines of `nodetool status`. */
export function peerRows(statuses: readonly NodeStatus[]) {
  return statuses.map(({ hostId, address, dataCenter, rack }, index) => ({
    host_id: hostId,
    peer: address,
    data_center: dataCenter,
    rack,
    tokens: [String(index)],
    schema_version: 'v',
  }));
}
