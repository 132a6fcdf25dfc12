import type { EmbeddedNode } from '../../test/support/embedded/cassandra-node.ts';
import { cpuSecondsOf } from './process-table.ts';

/** What the database itself spends, over the restarts that some tools need. */
export interface DatabaseCpu {
  /** Since the bench began. */
  seconds(): number;
  /** Called just before Cassandra is stopped: what it spent goes with its process. */
  leave(): void;
}

export function meterDatabase(node: Pick<EmbeddedNode, 'pid'>): DatabaseCpu {
  let ofEarlier = 0;
  const ofThis = (): number => (node.pid === undefined ? 0 : cpuSecondsOf(node.pid));
  return {
    seconds: () => ofEarlier + ofThis(),
    leave() {
      ofEarlier += ofThis();
    },
  };
}
