import { CainError } from '../errors.ts';
import type { CassandraPod } from '../kubernetes/pods.ts';
import { type RecordReader, readRecord } from '../record.ts';
import { parseJsonRows } from './cqlsh-output.ts';
import { type NodeStatus, parseStatus } from './nodetool-output.ts';
import { type PodTools, sectionOf } from './pod-tools.ts';
import type { RingNode } from './topology.ts';

/** The ring as one node sees it. */
export interface Ring {
  readonly nodes: readonly RingNode[];
  readonly statuses: readonly NodeStatus[];
  /** The different ones among the nodes that are up: one, where they agree. */
  readonly schemaVersions: readonly string[];
}

/** Schema versions come from the tables: `nodetool describecluster` would cost a second JVM on the node. */
export const ringStatements = [
  'SELECT JSON host_id, broadcast_address, data_center, rack, tokens, schema_version FROM system.local;',
  'SELECT JSON host_id, peer, data_center, rack, tokens, schema_version FROM system.peers_v2;',
];

const memberColumns = ['host_id', 'data_center', 'rack', 'tokens'];

/** What nodetool alone knows: who is up, and who joins, leaves or moves. */
export const statusSection = `
section status
nodetool_ status || exit
`;

const ringBody = `
${statusSection}
section nodes
cqlsh_ "${ringStatements.join(' ')}"
`;

/** On stdin the addresses of the members. A JVM is started only where there is more to tell than that all is well. */
const statusBody = `
take "$1"
if [ -n "$taken" ] && jmx_ false settled $taken 2>/dev/null; then
  section settled
  exit 0
fi
${statusSection}
`;

/** By themselves. `members`: all of them, as the tables name them; empty = not known. */
export async function readStatuses(
  tools: PodTools,
  pod: CassandraPod,
  members: readonly RingNode[],
  signal: AbortSignal,
): Promise<readonly NodeStatus[]> {
  const addresses = members.map(({ address }) => address);
  const input = Buffer.from(addresses.every(isAddress) ? addresses.join(' ') : '');
  const args = [String(input.length)];
  const call = { purpose: 'Reading the status', body: statusBody, args, signal };
  const sections = await tools.run(pod, input.length > 0 ? { ...call, input } : call);
  if (sections.has('settled')) return members.map((member) => ({ status: 'up', state: 'normal', ...member }));
  return parseStatus(sectionOf(sections, 'status'));
}

/** Nothing that a shell would take for more than a word. */
function isAddress(text: string): boolean {
  return /^[\da-f.:]+$/i.test(text);
}

/** Pure. From the results of `ringStatements`; none where a row says too little: who needs the ring says so. */
export function membersOf(
  results: ReadonlyArray<readonly unknown[]>,
  pod: CassandraPod,
): readonly RingNode[] {
  const rows = results.flat().map((row) => readRecord(row, whereOf(pod)));
  const isWhole = (row: RecordReader) => memberColumns.every((name) => row.has(name) && !row.isNull(name));
  return rows.every(isWhole) ? rows.map(readRingNode) : [];
}

export async function readRing(tools: PodTools, pod: CassandraPod, signal: AbortSignal): Promise<Ring> {
  const sections = await tools.run(pod, { purpose: 'Reading the ring', body: ringBody, signal });
  const results = parseJsonRows(sectionOf(sections, 'nodes'), ringStatements.length);
  return ringOf(parseStatus(sectionOf(sections, 'status')), results, pod);
}

/** Pure. From the results of `ringStatements`. Throws CAIN_NODE_DOWN where the tables know too little of a member. */
export function ringOf(
  statuses: readonly NodeStatus[],
  results: ReadonlyArray<readonly unknown[]>,
  pod: CassandraPod,
): Ring {
  const read = results.flat().map((row) => readRecord(row, whereOf(pod)));
  const rows = read.filter((row) => !isHalfKnown(row));
  checkMembersAreKnown({ rows, halfKnown: read.filter(isHalfKnown) }, statuses, pod);
  const up = new Set(statuses.filter(({ status }) => status === 'up').map(({ hostId }) => hostId));
  const versions = rows
    .filter((row) => up.has(row.string('host_id')))
    .map((row) => row.nullableString('schema_version') ?? 'unknown');
  return { nodes: rows.map(readRingNode), statuses, schemaVersions: [...new Set(versions)] };
}

function whereOf(pod: CassandraPod): string {
  return `the ring as pod ${pod.name} sees it`;
}

/** Cassandra writes a peer's row column by column. Drivers, too, pass over one that lacks some. */
function isHalfKnown(row: RecordReader): boolean {
  return row.has('peer') && memberColumns.some(row.isNull);
}

/**
 * A half-known row is what a node left behind that is gone, or one's that joins, and owns nothing. Of an owner coverage
 * must know all: one without a row would be counted as nobody.
 */
function checkMembersAreKnown(
  { rows, halfKnown }: { rows: readonly RecordReader[]; halfKnown: readonly RecordReader[] },
  statuses: readonly NodeStatus[],
  pod: CassandraPod,
): void {
  const known = new Set(rows.map((row) => row.string('host_id')));
  const doubtful = new Set(halfKnown.map((row) => row.string('peer')));
  const unknown = statuses.find(
    ({ hostId, address, state }) =>
      state !== 'joining' && (doubtful.has(address) || (hostId !== undefined && !known.has(hostId))),
  );
  if (unknown) throw unknownMember(pod, unknown.address);
}

function unknownMember(pod: CassandraPod, address: string): CainError {
  return new CainError(
    'CAIN_NODE_DOWN',
    `system.peers_v2 of pod ${pod.name} knows too little of the member ${address}: its host id, data centre, rack or tokens are missing`,
    {
      hint: 'A node that has just started learns them within a minute: run it again (the Job of a backup is). Where it stays so, restart Cassandra in that pod.',
      retryable: true,
    },
  );
}

function readRingNode(reader: RecordReader): RingNode {
  return {
    hostId: reader.string('host_id'),
    address: reader.optionalString('broadcast_address') ?? reader.string('peer'),
    dataCenter: reader.string('data_center'),
    rack: reader.string('rack'),
    tokens: reader.strings('tokens'),
  };
}

/** What must not differ between before and after a snapshot: members, tokens, who joins, leaves or moves, schema version. */
export function ringFingerprint(ring: Ring): string {
  const members = ring.nodes
    .map(({ hostId, tokens }) => `${hostId} ${tokens.toSorted().join(',')}`)
    .toSorted();
  const states = ring.statuses
    .filter(({ state }) => state !== 'normal')
    .map(({ hostId, state }) => `${hostId} ${state}`)
    .toSorted();
  return JSON.stringify([members, states, ring.schemaVersions.toSorted()]);
}

/** Throws CAIN_NODE_DOWN unless no node is joining, leaving or moving and the reachable ones agree on one schema. */
export function checkRingIsSettled(ring: Ring): void {
  const moving = ring.statuses.filter(({ state }) => state !== 'normal');
  if (moving.length > 0) {
    const names = moving.map(({ address, state }) => `${address} is ${state}`).join(', ');
    throw new CainError('CAIN_NODE_DOWN', `The ring is changing: ${names}`, {
      hint: 'Wait until the topology change is over, then run it again (the Job of a backup is).',
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
