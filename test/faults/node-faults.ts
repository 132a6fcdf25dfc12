import { mkdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import type { InventoryLine } from '../../src/store/inventory.ts';
import { parseDataKey } from '../../src/store/layout.ts';
import type { Lane } from '../support/faults/lane.ts';
import type { ToolCall, ToolFault } from '../support/model/ring.ts';
import { shopTables } from '../support/model/shop.ts';
import { filesIn } from '../support/model/sstables.ts';
import type { CainRun } from '../support/run-cain.ts';

/** A run that went by a fault proves nothing of it. */
export class NotMet extends Error {}

type AfterRun = (run: CainRun) => void | Promise<void>;

export interface NodeFaultCase {
  readonly phase: string;
  readonly fault: string;
  /** Allowed outcomes: the coverage of a backup, or the code that a failed run names. */
  readonly wanted: readonly string[];
  /** Puts the fault in; what it gives is called after the run, and throws where the run never met the fault. */
  readonly arrange: (lane: Lane) => undefined | AfterRun;
  readonly settings?: Readonly<Record<string, string>>;
}

const last = 'cassandra-2';
const first = 'cassandra-0';

const isNodetool =
  (command: string, pod?: string) =>
  (call: ToolCall): boolean =>
    call.tool === 'nodetool' && call.args.includes(command) && (pod === undefined || call.pod === pod);
const isCqlsh =
  (text: string) =>
  (call: ToolCall): boolean =>
    call.tool === 'cqlsh' && call.args.some((arg) => arg.includes(text));

function tool(fault: ToolFault): (lane: Lane) => undefined {
  return (lane) => {
    lane.cluster.ring.faults.add(fault);
    return undefined;
  };
}

/** While the first node's snapshot is there and the last one's is not yet looked at. */
function afterSnapshot(run: (lane: Lane) => void, times = 1): (lane: Lane) => undefined {
  return (lane) =>
    tool({ match: isNodetool('snapshot', first), kind: 'after', times, run: () => run(lane) })(lane);
}

const patient = { CAIN_RETRIES: '2' };
/** Only for what hangs: on a busy machine all else may take as long. */
const quick = { ...patient, CAIN_TOOL_TIMEOUT: '2s', CAIN_STALL_TIMEOUT: '2s' };
const noise = 'WARN  [main] 2026-01-01 00:00:00,000 Something.java:1 - nothing of importance\n';

const toolFaults: readonly NodeFaultCase[] = [
  ...(['snapshot', 'status'] as const).flatMap((command): NodeFaultCase[] => [
    {
      phase: `nodetool ${command}`,
      fault: 'hangs, once',
      wanted:
        command === 'snapshot'
          ? ['CAIN_EXEC_FAILED', 'CAIN_TIMEOUT', 'CAIN_EXEC_STALLED']
          : [
              'whole',
              'CAIN_EXEC_FAILED',
              'CAIN_PREFLIGHT',
              'CAIN_TIMEOUT',
              'CAIN_COVERAGE',
              'CAIN_NODE_DOWN',
            ],
      arrange: tool({ match: isNodetool(command), kind: 'hang' }),
      settings: quick,
    },
    {
      phase: `nodetool ${command}`,
      fault: 'fails with an exit code, once',
      wanted: ['CAIN_EXEC_FAILED', 'CAIN_PREFLIGHT', 'CAIN_COVERAGE', 'CAIN_NODE_DOWN'],
      arrange: tool({ match: isNodetool(command), kind: 'fail', text: 'error: null\n' }),
      settings: patient,
    },
    {
      phase: `nodetool ${command}`,
      fault: 'prints an error and ends with 0',
      wanted: [
        // Once: preflight asks, and the run asks again.
        ...(command === 'status' ? ['whole'] : []),
        'CAIN_SNAPSHOT_INCOMPLETE',
        'CAIN_OUTPUT_UNREADABLE',
        'CAIN_EMPTY_BACKUP',
        'CAIN_NODE_DOWN',
      ],
      arrange: tool({ match: isNodetool(command), kind: 'lie', text: 'error: No space left on device\n' }),
      settings: patient,
    },
    {
      phase: `nodetool ${command}`,
      fault: 'prints noise',
      wanted: command === 'status' ? ['whole', 'CAIN_OUTPUT_UNREADABLE'] : ['whole'],
      arrange: tool({ match: isNodetool(command), kind: 'noise', text: noise }),
      settings: patient,
    },
  ]),
  {
    phase: 'nodetool clearsnapshot',
    fault: 'prints an error and ends with 0',
    wanted: ['whole'],
    arrange: tool({ match: isNodetool('clearsnapshot'), kind: 'lie', text: 'error: null\n' }),
    settings: patient,
  },
  ...(['system.local', 'system_schema.keyspaces', 'DESC shop', 'system_auth.roles'] as const).flatMap(
    (text): NodeFaultCase[] => [
      {
        phase: `cqlsh, ${text}`,
        fault: 'hangs, once',
        wanted: [
          'whole',
          'CAIN_EXEC_FAILED',
          'CAIN_PREFLIGHT',
          'CAIN_TIMEOUT',
          'CAIN_COVERAGE',
          'CAIN_NODE_DOWN',
        ],
        arrange: tool({ match: isCqlsh(text), kind: 'hang' }),
        settings: quick,
      },
      {
        phase: `cqlsh, ${text}`,
        fault: 'prints nothing and ends with 0',
        wanted:
          text === 'system_auth.roles'
            ? ['whole']
            : [
                'CAIN_OUTPUT_UNREADABLE',
                'CAIN_PREFLIGHT',
                'CAIN_COVERAGE',
                'whole',
                'CAIN_NODE_DOWN',
                'CAIN_SCHEMA_CHANGED',
              ],
        arrange: tool({ match: isCqlsh(text), kind: 'lie', text: '' }),
        settings: patient,
      },
      {
        phase: `cqlsh, ${text}`,
        fault: 'prints noise',
        wanted: ['whole', 'CAIN_OUTPUT_UNREADABLE', 'CAIN_PREFLIGHT', 'CAIN_COVERAGE'],
        arrange: tool({ match: isCqlsh(text), kind: 'noise', text: noise }),
        settings: patient,
      },
    ],
  ),
];

function createTable(lane: Lane): void {
  const { ring } = lane.cluster;
  ring.schema.create(`CREATE TABLE shop.during_${ring.schema.tables.size} (id text PRIMARY KEY, v text)`);
}

const schemaFaults: readonly NodeFaultCase[] = [
  { phase: 'snapshot', fault: 'a table is created', wanted: ['whole'], arrange: afterSnapshot(createTable) },
  {
    phase: 'snapshot',
    fault: 'a table is created, each time',
    wanted: ['CAIN_SCHEMA_CHANGED'],
    arrange: afterSnapshot(createTable, 3),
  },
  {
    phase: 'snapshot',
    fault: 'a table is altered',
    wanted: ['whole'],
    arrange: afterSnapshot(({ cluster: { ring } }) =>
      ring.schema.addColumn('shop1', 'users', `added_${Math.round(performance.now())}`, 'int'),
    ),
  },
  {
    phase: 'snapshot',
    fault: 'a table is dropped',
    wanted: ['whole'],
    arrange: (lane) => {
      const { ring } = lane.cluster;
      ring.schema.create('CREATE TABLE shop.doomed (id text PRIMARY KEY, v text)');
      ring.insert('shop', 'doomed', 'row', 'v');
      return afterSnapshot(() => ring.drop([ring.schema.dropTable('shop', 'doomed')]))(lane);
    },
  },
  {
    phase: 'snapshot',
    fault: 'a compaction of every table',
    wanted: ['whole'],
    arrange: afterSnapshot(({ cluster: { ring } }) => {
      for (const [keyspace, table] of shopTables)
        for (const { disk } of ring.members) disk.compact(ring.table(keyspace, table));
    }),
  },
  {
    phase: 'snapshot',
    fault: 'a snapshot of the same tag is in the way',
    wanted: ['CAIN_EXEC_FAILED'],
    arrange: (lane) => {
      const { disk } = lane.cluster.ring.member(last);
      const match = (call: ToolCall): boolean => {
        if (!isNodetool('snapshot', last)(call)) return false;
        const tag = call.args[call.args.indexOf('-t') + 1] ?? '';
        mkdirSync(
          join(disk.directoriesOf(lane.cluster.ring.table('shop', 'users'))[0] ?? '', 'snapshots', tag),
          { recursive: true },
        );
        return true;
      };
      return tool({ match, kind: 'noise', text: '' })(lane);
    },
  },
  {
    phase: 'snapshot',
    fault: 'clocks that differ: files of tomorrow',
    wanted: ['whole'],
    arrange: (lane) => {
      const { ring } = lane.cluster;
      const tomorrow = new Date(Date.now() + 24 * 3_600_000);
      for (const directory of ring.member(last).disk.directoriesOf(ring.table('shop', 'users')))
        for (const file of filesIn(directory).filter((name) => name.endsWith('.db')))
          utimesSync(join(directory, file), tomorrow, tomorrow);
      return async () => {
        const { lines } = await newestOf(lane);
        const soon = Date.now() / 1000 + 23 * 3600;
        if (!lines.some(({ mtime }) => Number(mtime) > soon))
          throw new NotMet('The backup holds no file of tomorrow');
      };
    },
  },
];

/** From the first file of the last pod that reaches the store. */
function duringTransfer(run: (lane: Lane) => void): (lane: Lane) => () => void {
  return (lane) => {
    let isDone = false;
    lane.proxy.onAnswered = (request) => {
      if (isDone || !/put .*\/cassandra-2\/\w+\//.test(request)) return;
      isDone = true;
      run(lane);
    };
    return () => {
      lane.proxy.onAnswered = undefined;
      if (!isDone) throw new NotMet('No file of the last pod was ever stored');
    };
  };
}

function podOf(lane: Lane, name: string) {
  const pod = lane.cluster.kubernetes.pods.find((each) => each.name === name);
  if (!pod) throw new Error(`There is no pod ${name}`);
  return pod;
}

const podFaults: readonly NodeFaultCase[] = (['exec', 'direct'] as const).flatMap(
  (transfer): NodeFaultCase[] => [
    {
      phase: `transfer (${transfer})`,
      fault: 'the pod restarts',
      wanted: ['whole'],
      arrange: duringTransfer((lane) => lane.cluster.kubernetes.exec.killAll(last)),
      settings: { CAIN_TRANSFER: transfer, CAIN_FULL: 'true' },
    },
    {
      phase: `transfer (${transfer})`,
      // One that stays away ends the run after ten minutes: unit-tested, too long for here.
      fault: 'the pod is deleted, and back after three seconds',
      wanted: ['whole'],
      arrange: duringTransfer((lane) => {
        const pod = podOf(lane, last);
        pod.isRemoved = true;
        lane.cluster.kubernetes.exec.killAll(last);
        setTimeout(() => {
          pod.uid = `again-${performance.now()}`;
          pod.isRemoved = false;
        }, 3000);
      }),
      settings: { CAIN_TRANSFER: transfer, CAIN_FULL: 'true' },
    },
  ],
);

/** Of the newest backup: its tag, and what it holds of the last pod's `shop.users`. */
async function newestOf(
  lane: Lane,
): Promise<{ readonly tag: string; readonly lines: readonly InventoryLine[] }> {
  const manifest = (await lane.bucket().catalog()).backups.at(-1);
  if (!manifest) throw new Error('No backup is listed');
  const lines = await lane
    .bucket()
    .inventory({ ...manifest, nodes: manifest.nodes.filter(({ pod }) => pod === last) });
  return {
    tag: manifest.tag,
    lines: lines.filter(({ keyspace, table }) => keyspace === 'shop' && table === 'users'),
  };
}

async function expectNodes(lane: Lane, count: number): Promise<void> {
  const nodes = (await lane.bucket().catalog()).backups.at(-1)?.nodes ?? [];
  if (nodes.length !== count || lane.cluster.ring.members.length !== count)
    throw new NotMet(`The backup holds ${nodes.length} nodes, not ${count}`);
}

const ringFaults: readonly NodeFaultCase[] = [
  {
    phase: 'between two backups',
    fault: 'a pod moves with its volume',
    wanted: ['whole'],
    arrange: (lane) => {
      podOf(lane, last).uid = `moved-${performance.now()}`;
      return async () => {
        const { tag, lines } = await newestOf(lane);
        if (lines.every(({ object }) => parseDataKey(object.key)?.tag === tag))
          throw new Error('All files of the pod that moved were stored anew');
      };
    },
  },
  {
    phase: 'before a backup',
    fault: 'a node is down',
    wanted: ['CAIN_COVERAGE'],
    arrange: (lane) => {
      lane.cluster.ring.member(last).isUp = false;
      return ({ stderr }) => {
        lane.cluster.ring.member(last).isUp = true;
        if (!stderr.includes(last)) throw new NotMet(`Nothing was said of ${last}`);
      };
    },
  },
  {
    phase: 'before a backup',
    fault: 'a node is down, and a quorum is enough',
    wanted: ['quorum'],
    settings: { CAIN_COVERAGE: 'quorum' },
    arrange: (lane) => {
      lane.cluster.ring.member(last).isUp = false;
      return ({ stderr }) => {
        lane.cluster.ring.member(last).isUp = true;
        if (!stderr.includes(last)) throw new NotMet(`Nothing was said of ${last}`);
      };
    },
  },
  {
    phase: 'snapshot',
    fault: 'a node goes down',
    wanted: [
      'CAIN_NODE_DOWN',
      'CAIN_EXEC_FAILED',
      'CAIN_COVERAGE',
      'CAIN_SCHEMA_CHANGED',
      'CAIN_CASSANDRA_ACCESS',
    ],
    arrange: (lane) => {
      const member = lane.cluster.ring.member(last);
      afterSnapshot(() => {
        member.isUp = false;
      })(lane);
      return () => {
        member.isUp = true;
      };
    },
    settings: patient,
  },
  ...(['joining', 'leaving', 'moving'] as const).map(
    (state): NodeFaultCase => ({
      phase: 'snapshot',
      fault: `a node is ${state}`,
      wanted: ['CAIN_NODE_DOWN'],
      arrange: (lane) => {
        const member = lane.cluster.ring.member(last);
        afterSnapshot(() => {
          member.state = state;
        })(lane);
        return () => {
          member.state = 'normal';
        };
      },
    }),
  ),
  {
    phase: 'snapshot',
    fault: 'a node stays behind with its schema',
    wanted: ['CAIN_SCHEMA_CHANGED'],
    arrange: (lane) => {
      const member = lane.cluster.ring.member(last);
      member.schemaVersion = '00000000-0000-3000-9000-000000000000';
      return () => {
        delete member.schemaVersion;
      };
    },
  },
  {
    phase: 'snapshot',
    fault: 'a node is added',
    wanted: ['CAIN_COVERAGE', 'CAIN_SCHEMA_CHANGED', 'CAIN_NODE_DOWN'],
    arrange: afterSnapshot(({ cluster: { ring, kubernetes, spares } }) => {
      for (const spare of spares) ring.add(spare);
      for (const pod of kubernetes.pods) pod.isRemoved = false;
    }),
  },
  // The case before left the new node in the ring.
  {
    phase: 'between two backups',
    fault: 'a node was added',
    wanted: ['whole'],
    arrange: (lane) => () => expectNodes(lane, 4),
  },
  {
    phase: 'snapshot',
    fault: 'a node is decommissioned',
    wanted: ['CAIN_COVERAGE', 'CAIN_SCHEMA_CHANGED', 'CAIN_NODE_DOWN', 'CAIN_EXEC_FAILED', 'whole'],
    arrange: (lane) => {
      const { ring, spares } = lane.cluster;
      afterSnapshot(() => {
        for (const { pod } of spares) ring.remove(pod);
      })(lane);
      return () => {
        for (const { pod } of spares) podOf(lane, pod).isRemoved = true;
      };
    },
  },
  {
    phase: 'between two backups',
    fault: 'a node was decommissioned',
    wanted: ['whole'],
    arrange: (lane) => () => expectNodes(lane, 3),
  },
];

const apiFaults: readonly NodeFaultCase[] = ([503, 429, 500, 'reset'] as const).flatMap((answer) =>
  (['pods', 'leases', 'selfsubjectaccessreviews'] as const).map(
    (path): NodeFaultCase => ({
      phase: `Kubernetes API, ${path}`,
      fault: `${answer}, once`,
      wanted: ['whole', 'CAIN_KUBERNETES'],
      arrange: (lane) => {
        const fault = lane.cluster.kubernetes.requestFaults.add({
          match: (request) => request.path.includes(`/${path}`),
          answer,
        });
        return () => {
          lane.cluster.kubernetes.requestFaults.clear();
          if (fault.hits === 0) throw new NotMet('No such request came');
        };
      },
    }),
  ),
);

export const nodeFaultCases: readonly NodeFaultCase[] = [
  ...toolFaults,
  ...schemaFaults,
  ...podFaults,
  ...ringFaults,
  ...apiFaults,
];
