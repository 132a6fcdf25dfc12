import { expect } from 'chai';
import { parseStatus } from '../../../../src/cassandra/nodetool-output.ts';
import type { PodTools, ScriptCall } from '../../../../src/cassandra/pod-tools.ts';
import type { CommandContext } from '../../../../src/commands/context.ts';
import { surveyCluster } from '../../../../src/commands/preflight/survey-cluster.ts';
import type { ClusterAccess } from '../../../../src/commands/session.ts';
import { CainError } from '../../../../src/errors.ts';
import type { CassandraPod, PodSelection } from '../../../../src/kubernetes/pods.ts';
import { readSample } from '../../../support/cassandra-samples.ts';
import { cqlshRows } from '../../../support/cqlsh-rows.ts';
import { peerRows } from '../../../support/peer-rows.ts';
import { recordLog } from '../../../support/recording-log.ts';

const { signal } = new AbortController();

interface FakePod {
  readonly isReady?: boolean;
  readonly hostId?: string;
  readonly clusterName?: string;
  readonly version?: string;
  readonly missing?: string;
  readonly tar?: string;
  readonly freePercent?: number;
  readonly freeMiB?: number;
  /** As the settings table prints it. */
  readonly directories?: string;
  /** Rows of system.peers_v2. */
  readonly peers?: readonly object[];
  /** By purpose: what a call fails with. */
  readonly failures?: Readonly<Record<string, Error>>;
}

const status = readSample('5.0.9-ring3/status-node-down').stdout;
const members = peerRows(parseStatus(status));

function answer(name: string, pod: FakePod, { purpose, args = [] }: ScriptCall): Record<string, string> {
  const failure = pod.failures?.[purpose];
  if (failure) throw failure;
  const free = pod.freePercent ?? 50;
  if (purpose === 'Reading the disks') {
    const line = `df /dev/sda 100 ${100 - free} ${free} ${100 - free}% /data\n`;
    return { volumes: line.repeat(args.length), snapshots: '' };
  }
  if (purpose === 'Reading the status') return { status };
  const local = {
    host_id: pod.hostId ?? `host-of-${name}`,
    cluster_name: pod.clusterName ?? 'Test Cluster',
    partitioner: 'org.apache.cassandra.dht.Murmur3Partitioner',
    release_version: pod.version ?? '5.0.9',
    data_center: 'dc1',
    rack: 'r1',
    tokens: ['1'],
  };
  const settings = [{ name: 'data_file_directories', value: pod.directories ?? '[/data]' }];
  const rowsFor = (statement: string): readonly object[] => {
    if (statement.includes('cluster_name')) return [local];
    if (statement.includes('system_views.settings')) return settings;
    return statement.includes('peers_v2') ? (pod.peers ?? members) : [];
  };
  return {
    missing: pod.missing ? `${pod.missing}\n` : '',
    tar: `${pod.tar ?? 'tar (GNU tar) 1.34'}\n`,
    memory: pod.freeMiB === undefined ? '' : `limit ${pod.freeMiB * 1024 ** 2}\nanon 0\n`,
    local: args.map((statement) => cqlshRows(rowsFor(statement))).join(''),
  };
}

async function survey(
  pods: Readonly<Record<string, FakePod>>,
  { minFree = 10, skipped = [] as PodSelection['skipped'], cassandraDataDirectories = [] as string[] } = {},
) {
  const log = recordLog();
  const settings = {
    namespace: 'cassandra',
    selector: 'app=cassandra',
    container: 'cassandra',
    minFree,
    minFreeMemoryBytes: 160 * 1024 ** 2,
    cassandraDataDirectories,
  };
  const asked: string[] = [];
  const tools: PodTools = {
    async run(pod, call) {
      asked.push(`${pod.name}: ${call.purpose} ${(call.args ?? []).join(' ')}`.trim());
      return new Map(
        Object.entries(answer(pod.name, pods[pod.name] ?? {}, call)).map(([key, text]) => [key, [text]]),
      );
    },
  };
  const access = {
    tools,
    async listPods(): Promise<PodSelection> {
      const all = Object.entries(pods).map(
        ([name, { isReady = true }]): CassandraPod => ({
          namespace: 'cassandra',
          name,
          container: 'cassandra',
          uid: name,
          isReady,
        }),
      );
      return { pods: all, skipped };
    },
  } as unknown as ClusterAccess;
  const context = { settings, log } as unknown as CommandContext;
  return { ...(await surveyCluster(context, access, signal)), asked, log };
}

describe('surveyCluster', () => {
  it('learns of each node what it is, in the order of the pods', async () => {
    const { nodes, absent, findings, clusterName } = await survey({ 'pod-1': {}, 'pod-0': {} });

    expect(nodes.map(({ pod, hostId }) => [pod.name, hostId])).to.deep.equal([
      ['pod-0', 'host-of-pod-0'],
      ['pod-1', 'host-of-pod-1'],
    ]);
    expect(nodes[0]?.dataDirectories).to.deep.equal(['/data']);
    expect([absent, findings, clusterName]).to.deep.equal([[], [], 'Test Cluster']);
  });

  it('takes ring and schema from the first pod alone, once the login of JMX is proven with it', async () => {
    const seen = await survey({ 'pod-0': {}, 'pod-1': {} });
    const other = await survey({
      'pod-0': { failures: { 'Probing the node': new CainError('CAIN_EXEC_FAILED', 'refused') } },
      'pod-1': {},
    });

    expect(seen.view?.ring.statuses).to.have.length(3);
    expect(seen.view?.schema.keyspaces).to.deep.equal([]);
    expect(seen.asked.filter((call) => call.includes('the status'))).to.deep.equal([
      'pod-0: Reading the status 29',
    ]);
    expect(seen.asked.filter((call) => call.includes('system_schema'))).to.have.length(1);
    expect([other.nodes.length, other.view]).to.deep.equal([1, undefined]);
  });

  it('lets pass what can not be read of ring and schema: that is asked again', async () => {
    const unreadable = new CainError('CAIN_OUTPUT_UNREADABLE', 'nodetool printed: error: null');
    const failures = { 'Reading the status': unreadable };

    const { nodes, view, findings, absent } = await survey({ 'pod-0': { failures } });

    expect([nodes.length, view, findings, absent]).to.deep.equal([1, undefined, [], []]);
  });

  it('knows the node though a row of the ring lacks its id: who needs the ring asks again', async () => {
    const { nodes, view, findings, absent } = await survey({ 'pod-0': { peers: [{ peer: '10.0.0.9' }] } });

    expect([nodes.length, view, findings, absent]).to.deep.equal([1, undefined, [], []]);
  });

  it('leaves to coverage what may pass: a pod that is not ready, a node that is down', async () => {
    const down = new CainError('CAIN_EXEC_FAILED', 'Connection error: refused');
    const { nodes, absent, findings, asked } = await survey({
      'pod-0': {},
      'pod-1': { isReady: false },
      'pod-2': { failures: { 'Probing the node': down } },
      'pod-3': { failures: { 'Reading the disks': down } },
    });

    expect(nodes.map(({ pod }) => pod.name)).to.deep.equal(['pod-0']);
    expect(absent.toSorted((a, b) => (a.pod < b.pod ? -1 : 1))).to.deep.equal([
      { pod: 'pod-1', reason: 'it is not ready' },
      { pod: 'pod-2', reason: 'Connection error: refused' },
      { pod: 'pod-3', reason: 'Connection error: refused' },
    ]);
    expect(findings).to.deep.equal([]);
    expect(asked.some((call) => call.startsWith('pod-1'))).to.equal(false);
  });

  it('finds what stays wrong, of all pods at once', async () => {
    const refused = new CainError('CAIN_PREFLIGHT', "cqlsh's login is refused", {
      hint: 'Set the password.',
    });
    const { findings } = await survey({
      'pod-0': { failures: { 'Probing the node': refused } },
      'pod-1': { missing: 'stat' },
      'pod-2': { version: '3.11.19' },
      'pod-3': { version: '5.1' },
      'pod-4': { tar: 'tar (busybox) 1.36' },
      'pod-5': { freePercent: 9 },
      'pod-6': { version: '4.0-rc1' },
      'pod-7': { directories: '[]' },
      'pod-8': { freeMiB: 159 },
    });

    const found = findings.map(({ what }) => what).join('\n');
    for (const words of [
      "cqlsh's login is refused",
      'pod-1 lacks stat',
      'pod-2 runs Cassandra 3.11.19',
      'pod-3 runs Cassandra 5.1',
      'pod-4 is not GNU tar',
      '/data of pod pod-5 has 9.0 % free',
      'pod-7 names no data directory',
      'pod-8 has only 159 MiB left',
    ]) {
      expect(found).to.contain(words);
    }
    expect(findings.every(({ hint }) => hint !== '')).to.equal(true);
  });

  it('finds pods of two clusters, and two pods that answer as one node', async () => {
    const { findings } = await survey({
      'pod-0': { hostId: 'same' },
      'pod-1': { hostId: 'same' },
      'pod-2': { clusterName: 'Other' },
    });

    expect(findings.map(({ what }) => what)).to.deep.equal([
      'The pods belong to 2 clusters: Test Cluster, Other',
      'Two pods give the same host id',
    ]);
  });

  it('finds no pod, and says which were left out and why', async () => {
    const { findings } = await survey({}, { skipped: [{ name: 'cain', reason: 'it has no container' }] });

    expect(findings[0]?.what).to.contain('cain: it has no container').and.contain('app=cassandra');
  });

  it('knows the name of the cluster although each of its nodes has a fault', async () => {
    const refused = new CainError('CAIN_CASSANDRA_ACCESS', 'JMX refuses the login', {
      hint: 'Set CAIN_JMX_PASSWORD.',
    });
    const down = new CainError('CAIN_EXEC_FAILED', 'No such file');

    const { clusterName, nodes } = await survey({
      'pod-1': { failures: { 'Reading the status': refused } },
      'pod-0': { failures: { 'Reading the disks': down } },
    });

    expect([clusterName, nodes]).to.deep.equal(['Test Cluster', []]);
  });

  it('takes the data directories that a setting names in place of those that the node names', async () => {
    const { nodes } = await survey({ 'pod-0': {} }, { cassandraDataDirectories: ['/a', '/b'] });

    expect(nodes[0]?.dataDirectories).to.deep.equal(['/a', '/b']);
    expect(nodes[0]?.disks.volumes.map(({ directory }) => directory)).to.deep.equal(['/a', '/b']);
  });
});
