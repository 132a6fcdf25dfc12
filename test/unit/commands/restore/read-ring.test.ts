import { expect } from 'chai';
import type { ScriptCall } from '../../../../src/cassandra/pod-tools.ts';
import type { CommandContext } from '../../../../src/commands/context.ts';
import { surveyAllNodes } from '../../../../src/commands/restore/read-ring.ts';
import type { ClusterAccess } from '../../../../src/commands/session.ts';
import { readSample } from '../../../support/cassandra-samples.ts';
import { cqlshRows } from '../../../support/cqlsh-rows.ts';
import { rejection } from '../../../support/error-code.ts';
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
    local: `${cqlshRows([local])}${cqlshRows(directories)}`,
    status: readSample('5.0.9-ring3/status-node-down').stdout,
    tables: cqlshRows([]).repeat(12),
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
