import type { CassandraPod } from '../kubernetes/pods.ts';
import { type RecordReader, readRecord } from '../record.ts';
import type { NodeState, NodeStatus } from './nodetool-output.ts';

/** Since Cassandra 4.1 a table knows, too, who joins, leaves or moves. Who is up it does not know. */
export const gossipStatement =
  'SELECT JSON address, host_id, dc, rack, status, status_with_port FROM system_views.gossip_info;';

/** As nodetool counts them; what begins otherwise (NORMAL, LEFT, shutdown) is no change under way. */
const statesInGossip: Readonly<Record<string, NodeState>> = {
  BOOT: 'joining',
  BOOT_REPLACE: 'joining',
  LEAVING: 'leaving',
  removing: 'leaving',
  MOVING: 'moving',
};

/** Pure. Statuses of before, with the states that rows of `gossipStatement` give now; who is new among these is taken for up. */
export function statusesSince(
  before: readonly NodeStatus[],
  rows: readonly unknown[],
  pod: CassandraPod,
): readonly NodeStatus[] {
  const now = new Map(
    rows.map((row) => {
      const status = gossipStatus(readRecord(row, `system_views.gossip_info of pod ${pod.name}`));
      return [status.hostId, status] as const;
    }),
  );
  const known = new Set(before.map(({ hostId }) => hostId));
  const changing = [...now.values()].filter(({ hostId, state }) => !known.has(hostId) && state !== 'normal');
  return [
    ...before.map((status) => ({ ...status, state: now.get(status.hostId)?.state ?? 'normal' })),
    ...changing,
  ];
}

/** A node that has just been heard of has told nothing yet. */
function gossipStatus(row: RecordReader): NodeStatus {
  const text = row.nullableString('status_with_port') ?? row.nullableString('status') ?? '';
  return {
    status: 'up',
    state: statesInGossip[text.split(',')[0] ?? ''] ?? 'normal',
    address: row.string('address'),
    hostId: row.nullableString('host_id'),
    dataCenter: row.nullableString('dc') ?? '',
    rack: row.nullableString('rack') ?? '',
  };
}
