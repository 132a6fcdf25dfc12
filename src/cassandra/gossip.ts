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

/** Gossip remembers for days who left. */
const goneInGossip: ReadonlySet<string> = new Set(['LEFT', 'removed']);

/** Pure. Statuses of before, of those that are members still, with the states that rows of `gossipStatement` give now; who is new among these is taken for up. */
export function statusesSince(
  before: readonly NodeStatus[],
  rows: readonly unknown[],
  pod: CassandraPod,
): readonly NodeStatus[] {
  const now = new Map(
    rows
      .map((row) => readRecord(row, `system_views.gossip_info of pod ${pod.name}`))
      .filter((row) => !goneInGossip.has(stateWord(row)))
      .map((row) => [row.nullableString('host_id'), gossipStatus(row)]),
  );
  const known = new Set(before.map(({ hostId }) => hostId));
  const changing = [...now.values()].filter(({ hostId, state }) => !known.has(hostId) && state !== 'normal');
  return [
    ...before.flatMap((status) => {
      const { state } = now.get(status.hostId) ?? {};
      return state ? [{ ...status, state }] : [];
    }),
    ...changing,
  ];
}

/** A node that has just been heard of has told nothing yet. */
function gossipStatus(row: RecordReader): NodeStatus {
  return {
    status: 'up',
    state: statesInGossip[stateWord(row)] ?? 'normal',
    address: row.string('address'),
    hostId: row.nullableString('host_id'),
    dataCenter: row.nullableString('dc') ?? '',
    rack: row.nullableString('rack') ?? '',
  };
}

function stateWord(row: RecordReader): string {
  const text = row.nullableString('status_with_port') ?? row.nullableString('status') ?? '';
  return text.split(',')[0] ?? '';
}
