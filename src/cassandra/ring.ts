import { CainError } from '../errors.ts';
import type { CassandraPod } from '../kubernetes/pods.ts';
import { readRecord } from '../record.ts';
import { parseJsonRows } from './cqlsh-output.ts';
import { type NodeStatus, parseDescribeCluster, parseStatus } from './nodetool-output.ts';
import { type PodTools, sectionOf } from './pod-tools.ts';
import type { RingNode } from './topology.ts';

/** The ring as one node sees it. */
export interface Ring {
  readonly nodes: readonly RingNode[];
  readonly statuses: readonly NodeStatus[];
  readonly schemaVersions: readonly string[];
  readonly unreachable: readonly string[];
}

const ringBody = `
section status
nodetool_ status || exit
section describe
nodetool_ describecluster || exit
section nodes
cqlsh_ "SELECT JSON host_id, broadcast_address, data_center, rack, tokens FROM system.local; SELECT JSON host_id, peer, data_center, rack, tokens FROM system.peers_v2;"
`;

export async function readRing(tools: PodTools, pod: CassandraPod, signal: AbortSignal): Promise<Ring> {
  const sections = await tools.run(pod, { purpose: 'Reading the ring', body: ringBody, signal });
  const describe = parseDescribeCluster(sectionOf(sections, 'describe'));
  const rows = parseJsonRows(sectionOf(sections, 'nodes')).flat();
  return {
    nodes: rows.map((row) => readRingNode(row, pod)),
    statuses: parseStatus(sectionOf(sections, 'status')),
    schemaVersions: describe.schemaVersions.map(({ version }) => version),
    unreachable: describe.unreachable,
  };
}

function readRingNode(row: unknown, pod: CassandraPod): RingNode {
  const reader = readRecord(row, `the ring as pod ${pod.name} sees it`);
  return {
    hostId: reader.string('host_id'),
    address: reader.optionalString('broadcast_address') ?? reader.string('peer'),
    dataCenter: reader.string('data_center'),
    rack: reader.string('rack'),
    tokens: reader.strings('tokens'),
  };
}

/** What must not differ between before and after a snapshot: members, tokens, schema version. */
export function ringFingerprint(ring: Ring): string {
  const members = ring.nodes
    .map(({ hostId, tokens }) => `${hostId} ${tokens.toSorted().join(',')}`)
    .toSorted();
  const states = ring.statuses.map(({ hostId, state }) => `${hostId} ${state}`).toSorted();
  return JSON.stringify([members, states, ring.schemaVersions.toSorted()]);
}

/** Throws CAIN_NODE_DOWN unless no node is joining, leaving or moving and the reachable ones agree on one schema. */
export function checkRingIsSettled(ring: Ring): void {
  const moving = ring.statuses.filter(({ state }) => state !== 'normal');
  if (moving.length > 0) {
    const names = moving.map(({ address, state }) => `${address} is ${state}`).join(', ');
    throw new CainError('CAIN_NODE_DOWN', `The ring is changing: ${names}`, {
      hint: 'Wait until the topology change is over; the Job is tried again.',
      retryable: true,
    });
  }
  if (ring.schemaVersions.length > 1) {
    throw new CainError(
      'CAIN_SCHEMA_CHANGED',
      `The nodes do not agree on the schema: ${ring.schemaVersions.length} versions`,
      {
        hint: 'Look at `nodetool describecluster`; a node that stays behind may need a restart.',
        retryable: true,
      },
    );
  }
}
