import { expect } from 'chai';
import { clusterViewOf, viewStatements } from '../../../../src/cassandra/cluster-view.ts';
import { type NodeStatus, parseStatus } from '../../../../src/cassandra/nodetool-output.ts';
import type { PodTools, ScriptCall } from '../../../../src/cassandra/pod-tools.ts';
import type { CommandContext } from '../../../../src/commands/context.ts';
import {
  readSettledRing,
  readSettledView,
  surveyAllNodes,
} from '../../../../src/commands/restore/read-ring.ts';
import type { RestoreRun } from '../../../../src/commands/restore/restore-run.ts';
import type { ClusterAccess } from '../../../../src/commands/session.ts';
import { readSample } from '../../../support/cassandra-samples.ts';
import { cqlshRows } from '../../../support/cqlsh-rows.ts';
import { rejection } from '../../../support/error-code.ts';
import { peerRows } from '../../../support/peer-rows.ts';
import { recordLog } from '../../../support/recording-log.ts';

/** One pod whose volume has this much free. */
function survey({ freePercent = 50, isReady = true, tar = 'tar (GNU tar) 1.34' }) {
  const local = {
    host_id: 'h',
    cluster_name: 'Test Cluster',
    partitioner: 'p',
    release_version: '5.0.9',
    data_center: 'dc1',
    rack: 'r1',
    tokens: ['1'],
  };
  const directories = [{ name: 'data_file_directories', value: '[/data]' }];
  const sections = {
    volumes: `df /dev/sda 100 ${100 - freePercent} ${freePercent} ${100 - freePercent}% /data\n`,
    snapshots: '',
    missing: '',
    tar: `${tar}\n`,
    memory: '',
    local: `${cqlshRows([local])}${cqlshRows(directories)}${cqlshRows([]).repeat(12)}`,
    status: readSample('5.0.9-ring3/status-node-down').stdout,
  };
  const pod = { namespace: 'n', name: 'pod-0', container: 'c', uid: 'u', isReady };
  const access = {
    tools: {
      run: async (_: unknown, __: ScriptCall) =>
        new Map(Object.entries(sections).map(([name, text]) => [name, [text]])),
    },
    listPods: async () => ({ pods: [pod], skipped: [] }),
  } as unknown as ClusterAccess;
  const settings = { minFree: 10, minFreeMemoryBytes: 0, cassandraDataDirectories: [] };
  const { signal } = new AbortController();
  const context = { settings, log: recordLog(), signal } as unknown as CommandContext;
  return surveyAllNodes(context, access, () => {});
}

describe('nodes of a restore', () => {
  it('may have full volumes: what is to come is counted later, and a clean-up makes room', async () => {
    expect((await survey({ freePercent: 3 })).nodes).to.have.length(1);
  });

  it('are refused for all else, and all of them must answer', async () => {
    await rejection(survey({ tar: 'busybox' }), 'CAIN_PREFLIGHT');
    await rejection(survey({ isReady: false }), 'CAIN_NODE_DOWN');
  });
});

describe('the ring of a restore', () => {
  const down = parseStatus(readSample('5.0.9-ring3/status-node-down').stdout);
  const up = down.map((status) => ({ ...status, status: 'up' as const }));
  const results = viewStatements.map((statement) => (statement.includes('peers_v2') ? peerRows(down) : []));

  /** `asked` gets the purposes of the calls that were made for it. */
  function run(
    seen: readonly NodeStatus[] | undefined,
    asked: string[] = [],
    { seenResults = results, status = readSample('5.0.9-ring3/status-node-down').stdout } = {},
  ): RestoreRun {
    const pod = { namespace: 'n', name: 'pod-0', container: 'c', uid: 'u', isReady: true };
    const tools: PodTools = {
      async run(_, { purpose }) {
        asked.push(purpose);
        return new Map([
          ['status', [status]],
          ['tables', [results.map(cqlshRows).join('')]],
          ['nodes', [results.slice(0, 2).map(cqlshRows).join('')]],
        ]);
      },
    };
    const view = seen && clusterViewOf(seen, seenResults, pod);
    const { signal } = new AbortController();
    return { access: { tools }, survey: { nodes: [{ pod }], view }, signal } as unknown as RestoreRun;
  }

  it('is what the survey saw, without another call', async () => {
    const asked: string[] = [];

    const { ring } = await readSettledView(run(up, asked));

    expect(ring.statuses).to.deep.equal(up);
    expect(await readSettledRing(run(up, asked))).to.deep.equal(ring);
    expect(asked).to.deep.equal([]);
  });

  it('is asked for where the survey could not tell it, or is too long ago', async () => {
    const asked: string[] = [];

    await rejection(readSettledView(run(undefined, asked)), 'CAIN_NODE_DOWN');
    await rejection(readSettledRing(run(undefined, asked)), 'CAIN_NODE_DOWN');

    expect(asked).to.deep.equal(['Reading ring and schema', 'Reading the ring']);
  });

  it('is asked for anew where the nodes did not agree on the schema yet', async () => {
    const asked: string[] = [];
    const seenResults = viewStatements.map((statement) =>
      statement.includes('peers_v2')
        ? peerRows(up).map((row, index) => ({ ...row, schema_version: `v${index}` }))
        : [],
    );
    const allUp = readSample('5.0.9-ring3/status-node-down').stdout.replace(/^DN/m, 'UN');
    const options = { seenResults, status: allUp };

    expect((await readSettledView(run(up, asked, options))).ring.schemaVersions).to.deep.equal(['v']);
    expect((await readSettledRing(run(up, asked, options))).schemaVersions).to.deep.equal(['v']);

    expect(asked).to.deep.equal(['Reading ring and schema', 'Reading the ring']);
  });

  it('is refused while a node is down, whoever saw it', async () => {
    await rejection(readSettledView(run(down)), 'CAIN_NODE_DOWN');
    await rejection(readSettledRing(run(down)), 'CAIN_NODE_DOWN');
  });
});
