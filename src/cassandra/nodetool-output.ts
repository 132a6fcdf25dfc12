import { unreadableOutput } from './unreadable.ts';

export { toolErrorLine } from './tool-error.ts';

export type NodeState = 'normal' | 'leaving' | 'joining' | 'moving';

/** A line of `nodetool status`. */
export interface NodeStatus {
  /** down = this node's failure detector does not see it alive, or does not know it. */
  readonly status: 'up' | 'down';
  readonly state: NodeState;
  /** As printed: an address, or a host name under `-r`. */
  readonly address: string;
  /** undefined = the node has not told the ring its id yet. */
  readonly hostId: string | undefined;
  readonly rack: string;
  readonly dataCenter: string;
}

const states: Readonly<Record<string, NodeState>> = { N: 'normal', L: 'leaving', J: 'joining', M: 'moving' };

/**
 * Status and state, address, anything, host id, the token where every node has exactly one (there the column
 * "Tokens" before the id becomes a column "Token" after it), rack.
 */
const statusRow =
  /^(?<status>[UD?])(?<state>[NLJM])\s+(?<address>\S+)\s.*?\s(?<hostId>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|null)\s+(?<rest>\S.*?)\s*$/;

const statusNoise = /^\s*$|^=+$|^Status=Up\/Down$|^\|\/ State=|^Note: /;

/** The nodes that `nodetool status` (with or without a keyspace) lists. Throws CAIN_OUTPUT_UNREADABLE. */
export function parseStatus(stdout: string): readonly NodeStatus[] {
  const nodes: NodeStatus[] = [];
  let dataCenter: string | undefined;
  let isTokenBeforeRack = false;
  for (const line of stdout.split('\n')) {
    const heading = /^Datacenter: (.*\S)\s*$/.exec(line);
    if (heading) dataCenter = heading[1];
    else if (line.startsWith('--  ')) isTokenBeforeRack = /\sHost ID\s+Token\s/.test(line);
    else if (!statusNoise.test(line)) {
      const node = dataCenter === undefined ? undefined : statusOf(line, dataCenter, isTokenBeforeRack);
      if (!node) throw unreadableOutput('nodetool status', line);
      nodes.push(node);
    }
  }
  if (nodes.length === 0) throw unreadableOutput('nodetool status', stdout.trim());
  return nodes;
}

function statusOf(line: string, dataCenter: string, isTokenBeforeRack: boolean): NodeStatus | undefined {
  const row = statusRow.exec(line)?.groups;
  const state = states[row?.state ?? ''];
  if (!row?.address || !row.rest || !state) return undefined;
  const rack = isTokenBeforeRack ? row.rest.replace(/^\S+\s*/, '') : row.rest;
  return {
    status: row.status === 'U' ? 'up' : 'down',
    state,
    address: row.address,
    hostId: row.hostId === 'null' ? undefined : row.hostId,
    rack,
    dataCenter,
  };
}

export interface ClusterDescription {
  readonly name: string;
  readonly partitioner: string;
  /** More than one while a schema change spreads, or when the nodes disagree. */
  readonly schemaVersions: ReadonlyArray<{ readonly version: string; readonly addresses: readonly string[] }>;
  /** Addresses of nodes that did not tell their schema version. */
  readonly unreachable: readonly string[];
}

/**
 * The part of `nodetool describecluster` that 4.0, 4.1 and 5.0 share. The name is what follows "Name:" in the
 * first line that has it, trimmed and else as it is: it is part of every key in the bucket, and the original
 * Cain reads it so. Throws CAIN_OUTPUT_UNREADABLE.
 */
export function parseDescribeCluster(stdout: string): ClusterDescription {
  const lines = stdout.split('\n');
  const name = valueAfter(lines, 'Name:');
  const partitioner = valueAfter(lines, 'Partitioner:');
  const versions = versionLines(lines);
  const isUnreachable = ({ version }: { version: string }): boolean => version === 'UNREACHABLE';
  const schemaVersions = versions.filter((entry) => !isUnreachable(entry));
  if (!name || !partitioner || schemaVersions.length === 0) {
    throw unreadableOutput('nodetool describecluster', stdout.trim());
  }
  const unreachable = versions.filter(isUnreachable).flatMap(({ addresses }) => addresses);
  return { name, partitioner, schemaVersions, unreachable };
}

function valueAfter(lines: readonly string[], label: string): string | undefined {
  const line = lines.find((candidate) => candidate.includes(label));
  return line?.slice(line.indexOf(label) + label.length).trim();
}

/** `<version or UNREACHABLE>: [<address>, …]`, blank lines between, up to the next heading, which is not indented. */
function versionLines(lines: readonly string[]): Array<{ version: string; addresses: readonly string[] }> {
  const versions = [];
  const start = lines.findIndex((line) => line.trim() === 'Schema versions:');
  for (const line of start < 0 ? [] : lines.slice(start + 1)) {
    if (line.trim() === '') continue;
    if (!/^\s/.test(line)) break;
    const match = /^\s+(\S+): \[(.*)\]\s*$/.exec(line);
    if (!match) throw unreadableOutput('nodetool describecluster', line);
    const [, version = '', addresses = ''] = match;
    versions.push({ version, addresses: addresses.split(',').map((address) => address.trim()) });
  }
  return versions;
}
