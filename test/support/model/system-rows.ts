import type { ModelMember, ModelRing } from './ring.ts';
import type { Row } from './schema.ts';

/** Rows of the system keyspaces; undefined = another keyspace. */
export function systemRows(
  ring: ModelRing,
  member: ModelMember,
  keyspace: string,
  table: string,
): readonly Row[] | undefined {
  switch (keyspace) {
    case 'system_schema':
      return ring.schema.rows(table);
    case 'system_auth':
      return table === 'roles' ? [role] : [];
    case 'system_views':
      if (table === 'gossip_info') return ring.members.map(gossipRow);
      return table === 'settings' ? settingRows(ring, member) : [];
    case 'system':
      if (table === 'local') return [localRow(ring, member)];
      return ring.members
        .filter((each) => each !== member && each.state !== 'joining')
        .map((each) => peerRow(ring, each));
    default:
      return undefined;
  }
}

const role: Row = {
  role: 'cassandra',
  can_login: true,
  is_superuser: true,
  member_of: null,
  salted_hash: '$2a$10$modelmodelmodelmodelmodelmodelmodelmodelmodelmodelmod',
};

function settingRows({ clusterName }: ModelRing, { disk }: ModelMember): readonly Row[] {
  const settings = {
    auto_snapshot: 'true',
    cluster_name: clusterName,
    data_file_directories: `[${disk.dataDirectories.join(', ')}]`,
    initial_token: null,
    num_tokens: '1',
  };
  return Object.entries(settings).map(([name, value]) => ({ name, value }));
}

function localRow(ring: ModelRing, member: ModelMember): Row {
  return {
    key: 'local',
    bootstrapped: 'COMPLETED',
    broadcast_address: member.address,
    cluster_name: ring.clusterName,
    ...sharedFacts(ring, member),
    partitioner: 'org.apache.cassandra.dht.Murmur3Partitioner',
  };
}

function peerRow(ring: ModelRing, member: ModelMember): Row {
  return { peer: member.address, peer_port: 7000, ...sharedFacts(ring, member) };
}

const gossipStates = { normal: 'NORMAL', joining: 'BOOT', leaving: 'LEAVING', moving: 'MOVING' } as const;

function gossipRow({ address, hostId, dataCenter, rack, state, tokens }: ModelMember): Row {
  const status = `${gossipStates[state]},${tokens[0] ?? ''}`;
  return { address, port: 7000, host_id: hostId, dc: dataCenter, rack, status, status_with_port: status };
}

function sharedFacts(ring: ModelRing, { dataCenter, hostId, rack, tokens, schemaVersion }: ModelMember): Row {
  return {
    data_center: dataCenter,
    host_id: hostId,
    rack,
    release_version: '5.0.9',
    schema_version: schemaVersion ?? ring.schema.version(),
    tokens: tokens.toSorted(),
  };
}
