import { expect } from 'chai';
import type { PodTools } from '../../../src/cassandra/pod-tools.ts';
import { directoryList, probeNode } from '../../../src/cassandra/probe.ts';
import { CainError } from '../../../src/errors.ts';
import { cqlshRows } from '../../support/cqlsh-rows.ts';
import { rejection } from '../../support/error-code.ts';

const { signal } = new AbortController();
const pod = { namespace: 'n', name: 'pod-0', container: 'cassandra', uid: 'u', isReady: true };
const local = {
  host_id: 'h',
  cluster_name: 'Test Cluster ',
  partitioner: 'org.apache.cassandra.dht.Murmur3Partitioner',
  release_version: '5.0.9',
  data_center: 'dc1',
  rack: 'r1',
  tokens: ['-1', '2'],
};
const settings = [
  { name: 'data_file_directories', value: '[/data1/, /data2]' },
  { name: 'auto_snapshot', value: 'true' },
  { name: 'authenticator_options', value: null },
];

function toolsThat(sections: Record<string, string> | Error): PodTools {
  return {
    async run() {
      if (sections instanceof Error) throw sections;
      return new Map(Object.entries(sections).map(([name, text]) => [name, [text]]));
    },
  };
}
const answer = {
  missing: '',
  tar: 'tar (GNU tar) 1.34\n',
  memory: 'limit 1000\nanon 100\n',
  local: cqlshRows([local]) + cqlshRows(settings),
};

describe('probeNode', () => {
  it('learns what the node says of itself', async () => {
    expect(await probeNode(toolsThat(answer), pod, signal)).to.deep.equal({
      hostId: 'h',
      clusterName: 'Test Cluster',
      partitioner: local.partitioner,
      releaseVersion: '5.0.9',
      dataCenter: 'dc1',
      rack: 'r1',
      tokens: ['-1', '2'],
      dataDirectories: ['/data1', '/data2'],
      keepsAutoSnapshots: true,
      missingTools: [],
      isGnuTar: true,
      freeMemoryBytes: 900,
    });
  });

  it('asks for every program that the listing of a snapshot and the check of sizes call', async () => {
    const bodies: string[] = [];
    const tools: PodTools = {
      async run(_, { body }) {
        bodies.push(body);
        return toolsThat(answer).run(pod, { purpose: '', body, signal });
      },
    };

    await probeNode(tools, pod, signal);

    const asked = /for tool in ([^;]+);/.exec(bodies.join())?.[1]?.split(' ');
    expect(asked).to.include.members(['stat', 'xargs', 'grep', 'head']);
  });

  it('takes automatic snapshots that expire for none', async () => {
    const keeps = async (ttl: string | null, value = 'true') => {
      const rows = [
        { name: 'auto_snapshot', value },
        { name: 'auto_snapshot_ttl', value: ttl },
      ];
      const answered = cqlshRows([local]) + cqlshRows(rows);
      return (await probeNode(toolsThat({ ...answer, local: answered }), pod, signal)).keepsAutoSnapshots;
    };

    expect([await keeps(null), await keeps('30d'), await keeps(null, 'false')]).to.deep.equal([
      true,
      false,
      false,
    ]);
  });

  it('names the tools that are missing', async () => {
    const some = await probeNode(toolsThat({ ...answer, missing: 'stat\ngrep\n' }), pod, signal);
    const none = await rejection(
      probeNode(toolsThat({ ...answer, missing: 'cqlsh\n', local: '' }), pod, signal),
      'CAIN_PREFLIGHT',
    );

    expect(some.missingTools).to.deep.equal(['stat', 'grep']);
    expect(none.message).to.contain('cqlsh').and.contain('pod-0');
  });

  it('refuses output that lacks a result', async () => {
    await rejection(
      probeNode(toolsThat({ ...answer, local: cqlshRows([local]) }), pod, signal),
      'CAIN_OUTPUT_UNREADABLE',
    );
    await rejection(probeNode(toolsThat({ missing: '', tar: '' }), pod, signal), 'CAIN_OUTPUT_UNREADABLE');
  });

  it('says that a refused login must be mended, and that a failure may pass', async () => {
    const refused = new CainError('CAIN_CASSANDRA_ACCESS', 'refused', { hint: 'Set it.' });
    const failed = new CainError('CAIN_EXEC_FAILED', 'Connection error');

    const error = await rejection(probeNode(toolsThat(refused), pod, signal), 'CAIN_PREFLIGHT');
    await rejection(probeNode(toolsThat(failed), pod, signal), 'CAIN_EXEC_FAILED');

    expect(error.hint).to.equal('Set it.');
  });
});

describe('directoryList', () => {
  it("reads a Java array, and cuts off what would double a key's slash", () => {
    expect(directoryList('[/var/lib/cassandra/data]')).to.deep.equal(['/var/lib/cassandra/data']);
    expect(directoryList('[/a/, /b c//]')).to.deep.equal(['/a', '/b c']);
    expect(directoryList('[]')).to.deep.equal([]);
    expect(directoryList('')).to.deep.equal([]);
  });
});
