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
