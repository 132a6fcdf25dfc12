import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Client } from 'cassandra-driver';
import { expect } from 'chai';
import type { Logins } from '../../src/cassandra/logins.ts';
import { createPodTools, type PodTools } from '../../src/cassandra/pod-tools.ts';
import { readStatuses } from '../../src/cassandra/ring.ts';
import type { RingNode } from '../../src/cassandra/topology.ts';
import { connectKubernetes } from '../../src/kubernetes/client.ts';
import type { CassandraPod } from '../../src/kubernetes/pods.ts';
import type { EmbeddedNode } from '../support/embedded/cassandra-node.ts';
import {
  type EmbeddedCluster,
  type EmbeddedClusterOptions,
  startEmbeddedCluster,
} from '../support/embedded/cluster.ts';
import { jmxLogin } from '../support/embedded/node-settings.ts';
import { rejection } from '../support/error-code.ts';
import { recordLog } from '../support/recording-log.ts';

const never = new AbortController().signal;

const variants: ReadonlyArray<readonly [name: string, options: EmbeddedClusterOptions]> = [
  ['5.0 with a JMX password', { jmxPassword: true }],
  ['4.1 (long)', { cassandra: '4.1' }],
];

for (const [name, options] of variants) {
  describe(`quick nodetool, Cassandra ${name}`, function () {
    this.timeout(300_000);
    let cluster: EmbeddedCluster;
    let client: Client;
    let node: EmbeddedNode;
    let tools: PodTools;
    let calls: string;

    before(async () => {
      cluster = await startEmbeddedCluster({ ...options, s3: false, pushgateway: false });
      node = cluster.nodes[0] as EmbeddedNode;
      calls = countNodetools(node);
      tools = toolsWith(options.jmxPassword ? jmxLogin : {});
      client = await cluster.cql();
      await client.execute(
        "CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
      );
      await client.execute('CREATE TABLE shop.users (id int PRIMARY KEY, name text)');
      await client.execute("INSERT INTO shop.users (id, name) VALUES (1, 'Eve')");
    });
    after(() => cluster?.stop());
    beforeEach(() => rmSync(calls, { force: true }));

    function toolsWith(jmx: Logins['jmx']): PodTools {
      const { exec } = connectKubernetes({ kubeconfig: cluster.kubeconfigFile });
      const limits = { limitMs: 60_000, stallMs: 30_000, retries: 0 };
      return createPodTools({ exec, logins: { cql: {}, jmx }, ...limits, log: recordLog() });
    }
    async function nodetool(...args: string[]): Promise<void> {
      const body = 'nodetool_ "$@" >&2 || exit\nsection done';
      await tools.run(podOf(node), { purpose: 'Trying', body, args, signal: never });
    }
    const jvms = (): string => (existsSync(calls) ? readFileSync(calls, 'utf8') : '');
    function liveDirectory(): string {
      const directory = join(node.dataDirectories[0] ?? '', 'shop');
      return join(directory, readdirSync(directory).find((name) => name.startsWith('users-')) ?? '');
    }
    const snapshot = (): string => join(liveDirectory(), 'snapshots', 'cain-1');
    /** With a copy of the snapshot. 5.0 sees nothing in a directory whose name has no table's id. */
    function stagingIn(name: string): string {
      const staging = join(cluster.dir, name, 'shop', `users-${'0'.repeat(32)}`);
      cpSync(snapshot(), staging, { recursive: true });
      return staging;
    }

    it('knows whether the ring is settled', async () => {
      const pod = podOf(node);
      const members = [{ hostId: 'h', address: node.address, dataCenter: 'dc1', rack: 'r1', tokens: ['0'] }];

      expect((await readStatuses(tools, pod, members, never))[0]).to.include({ status: 'up', hostId: 'h' });
      expect(jvms()).to.equal('');
      for (const others of [[], [...members, { ...members[0], address: '127.0.0.99' } as RingNode]]) {
        const statuses = await readStatuses(tools, pod, others, never);

        expect(statuses.map(({ address, state }) => [address, state])).to.deep.equal([
          [node.address, 'normal'],
        ]);
        expect(statuses[0]?.hostId).to.have.length(36);
      }
      expect(jvms()).to.match(/(status\n.*){2}/s);
    });

    it('flushes a table', async () => {
      await nodetool('flush', '--', 'shop', 'users');

      expect(jvms()).to.equal('');
      expect(readdirSync(liveDirectory()).filter((file) => file.endsWith('-Data.db'))).to.have.length(1);
    });

    it('takes a snapshot that was flushed and expires', async () => {
      await nodetool('snapshot', '-t', 'cain-1', '--ttl', '48h', '--', 'shop', 'system_auth');

      expect(jvms()).to.equal('');
      expect(readdirSync(snapshot()).filter((file) => file.endsWith('-Data.db'))).to.have.length(1);
      const { stdout } = await node.nodetool('listsnapshots');
      expect(stdout).to.match(/^cain-1 +shop +users .*\d{4}-\d\d-\d\dT.* \d{4}-\d\d-\d\dT/m);
      expect(stdout).to.match(/^cain-1 +system_auth /m);
    });

    it('says in the words of nodetool what is wrong with a snapshot', async () => {
      const error = await rejection(nodetool('snapshot', '-t', 'cain-1', '--', 'shop'), 'CAIN_EXEC_FAILED');

      expect(error.message).to.contain('(exit code 2): error: Snapshot cain-1 already exists.');
      expect(jvms()).to.equal('');
      const said = await node.nodetool('snapshot', '-t', 'cain-1', '--', 'shop');
      expect(said.code).to.equal(2);
      expect(said.stderr).to.contain('error: Snapshot cain-1 already exists.');
    });

    it('imports, and turns compaction off and on', async () => {
      const staging = stagingIn('staging');
      await client.execute('TRUNCATE shop.users');

      await nodetool('disableautocompaction', '--', 'shop', 'users');
      const compaction = (await node.nodetool('statusautocompaction', 'shop')).stdout;
      rmSync(calls);
      await nodetool('import', '--no-tokens', '--', 'shop', 'users', staging);
      await nodetool('enableautocompaction', '--', 'shop', 'users');

      expect(jvms()).to.equal('');
      expect(compaction).to.contain('not running');
      expect((await node.nodetool('statusautocompaction', 'shop')).stdout).to.not.contain('not running');
      expect(readdirSync(staging).filter((file) => file.endsWith('-Data.db'))).to.deep.equal([]);
      expect((await client.execute('SELECT name FROM shop.users')).first()?.name).to.equal('Eve');
    });

    it('says in the words of nodetool that an SSTable could not be imported', async () => {
      const staging = stagingIn('broken');
      const data = readdirSync(staging).find((file) => file.endsWith('-Data.db')) ?? '';
      appendFileSync(join(staging, data), 'more than it had');
      const args = ['import', '--no-tokens', '--', 'shop', 'users', staging];

      const error = await rejection(nodetool(...args), 'CAIN_EXEC_FAILED');

      expect(jvms()).to.equal('');
      const said = await node.nodetool(...args);
      expect([said.code, said.stdout]).to.deep.equal([1, '']);
      const lines = said.stderr.split('\n').filter((line) => line !== '' && !line.startsWith('NOTE: '));
      expect(error.message).to.contain(`(exit code 1): ${lines.join(' ')}`);
    });

    it('says why a snapshot failed half way', async () => {
      await client.execute('CREATE TABLE shop.visits (id int PRIMARY KEY)');
      await client.execute('INSERT INTO shop.visits (id) VALUES (1)');
      const shop = join(node.dataDirectories[0] ?? '', 'shop');
      const visits = readdirSync(shop).find((name) => name.startsWith('visits-')) ?? '';
      writeFileSync(join(shop, visits, 'snapshots'), 'no directory');

      const error = await rejection(nodetool('snapshot', '-t', 'cain-2', '--', 'shop'), 'CAIN_EXEC_FAILED');

      expect(error.message)
        .to.contain(join(visits, 'snapshots', 'cain-2'))
        .and.to.not.contain('already exists');
      expect(jvms()).to.equal('');
      rmSync(join(shop, visits, 'snapshots'));
    });

    it('takes snapshots of tables, and clears them in a keyspace', async () => {
      await nodetool('snapshot', '-t', 'cain-3', '-kt', 'shop.users');
      expect(existsSync(join(liveDirectory(), 'snapshots', 'cain-3'))).to.equal(true);
      await nodetool('clearsnapshot', '-t', 'cain-3', '--', 'shop');

      expect(existsSync(join(liveDirectory(), 'snapshots', 'cain-3'))).to.equal(false);
      expect(jvms()).to.equal('');
    });

    it('cleans up', async () => {
      await nodetool('cleanup', '--jobs', '1', '--', 'shop', 'users', 'visits');

      expect(jvms()).to.equal('');
      expect(readFileSync(node.logFile, 'utf8')).to.match(/[Cc]leanup.*shop/);
    });

    it('lets nodetool say that a table is gone', async () => {
      const error = await rejection(nodetool('flush', '--', 'shop', 'gone'), 'CAIN_EXEC_FAILED');

      expect(error.message).to.contain('Unknown keyspace/cf pair (shop.gone)');
      expect(jvms()).to.match(/^-p \d+ .*flush -- shop gone$/m);
    });

    it('clears a snapshot', async () => {
      const directory = snapshot();
      await nodetool('clearsnapshot', '-t', 'cain-1');

      expect(jvms()).to.equal('');
      expect(existsSync(directory)).to.equal(false);
    });

    if (options.jmxPassword)
      it('lets nodetool say that the login is refused', async () => {
        tools = toolsWith({ ...jmxLogin, password: 'wrong' });

        const error = await rejection(nodetool('clearsnapshot', '-t', 'cain-1'), 'CAIN_CASSANDRA_ACCESS');

        expect(error.message).to.contain('Invalid username or password');
        expect(jvms()).to.contain('clearsnapshot -t cain-1');
      });
  });
}

function podOf({ pod }: EmbeddedNode): CassandraPod {
  return { namespace: 'cassandra', name: pod, container: 'cassandra', uid: 'u', isReady: true };
}

/** From now on each nodetool, a JVM, is noted in the file that this gives. */
function countNodetools(node: EmbeddedNode): string {
  const path = join(node.container.env.PATH?.split(':')[0] ?? '', 'nodetool');
  const calls = `${path}.calls`;
  renameSync(path, `${path}.real`);
  writeFileSync(path, `#!/bin/sh\necho "$*" >> '${calls}'\nexec '${path}.real' "$@"\n`);
  chmodSync(path, 0o755);
  return calls;
}
