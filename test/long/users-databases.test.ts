import { execFileSync } from 'node:child_process';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from 'cassandra-driver';
import { expect } from 'chai';
import type { Manifest } from '../../src/store/manifest.ts';
import { type Bucket, openBucket } from '../support/bucket.ts';
import type { EmbeddedNode } from '../support/embedded/cassandra-node.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../support/embedded/cluster.ts';
import { jmxLogin } from '../support/embedded/node-settings.ts';
import { runProgram } from '../support/embedded/run-program.ts';
import type { TlsFiles } from '../support/embedded/tls-files.ts';
import { watchProcesses } from '../support/process-watch.ts';
import { checksumKeyspace } from '../support/row-checksum.ts';
import { buildCain, type CainRun, startCain } from '../support/run-cain.ts';

type Env = Readonly<Record<string, string>>;

interface Role {
  readonly name: string;
  readonly password: string;
}

describe('Databases of users (long)', () => {
  before(async function () {
    this.timeout(60_000);
    await buildCain();
  });

  describe('5.0 with passwords, TLS and two disks, in a container of another name', function () {
    this.timeout(300_000);
    let cluster: EmbeddedCluster;
    let bucket: Bucket;
    let node: EmbeddedNode;
    let logins: Env;
    const runs: CainRun[] = [];
    const leases = 'POST /apis/coordination.k8s.io/v1/namespaces/cassandra/leases';
    const role = { name: 'backup 5%', password: `a%(b)s;#"\\= é ${randomBytes(6).toString('hex')}` };

    before(async () => {
      cluster = await startEmbeddedCluster({
        cqlPasswords: true,
        jmxPassword: true,
        tls: true,
        dataDirectories: 2,
        pushgateway: false,
      });
      bucket = openBucket(cluster);
      node = onlyNode(cluster);
      for (const pod of cluster.kubernetes.pods) pod.containers = ['metrics', 'database'];
      cluster.kubernetes.exec.protocols = ['v4.channel.k8s.io'];
      const client = await cluster.cql();
      await createShop(client);
      await createRole(client, role);
      logins = mountedLogins(cluster.dir, cluster.tls as TlsFiles, role);
    });
    after(async () => {
      bucket?.store.close();
      await cluster?.stop();
    });

    async function cain(args: readonly string[], extra: Env = {}): Promise<CainRun> {
      const env = {
        ...runEnv(cluster),
        ...logins,
        CAIN_CONTAINER: 'database',
        CAIN_LOG_LEVEL: 'debug',
        ...extra,
      };
      const run = await startCain(args, env).ended;
      runs.push(run);
      return run;
    }
    function secret(name: string, text: string): string {
      return secretFile(cluster.dir, name, text);
    }

    it('refuses wrong passwords before anything is changed, and says whose they are and what to set', async () => {
      const run = await cain(['backup'], {
        CAIN_CASSANDRA_PASSWORD_FILE: secret('wrong-cql', 'not the word'),
        CAIN_JMX_PASSWORD_FILE: secret('wrong-jmx', 'not-the-word'),
      });

      await expectRefusal(run, {
        "cqlsh's login is refused": 'CAIN_CASSANDRA_PASSWORD',
        "nodetool's login is refused": 'CAIN_JMX_PASSWORD',
      });
    });

    it('refuses a server whose certificate is of another authority, for CQL and for JMX', async () => {
      const { clientCert, clientKeystore } = cluster.tls as TlsFiles;

      const run = await cain(['backup'], {
        CAIN_CQL_CA_FILE: clientCert,
        CAIN_JMX_TRUSTSTORE_FILE: clientKeystore,
      });

      await expectRefusal(run, {
        'certificate for CQL is not of the authority': 'CAIN_CQL_CA_FILE',
        'nodetool and Cassandra do not agree on TLS': 'CAIN_JMX_TRUSTSTORE_FILE',
      });
    });

    it('refuses a container that no pod has, and names those that it has', async () => {
      const run = await cain(['backup'], { CAIN_CONTAINER: 'cassandra' });

      await expectRefusal(run, { 'it has metrics, database': 'CAIN_CONTAINER' });
    });

    it('backs up what lies on both disks, and shows no secret to who lists the processes', async () => {
      const watch = watchProcesses();
      const run = await cain(['backup']);
      const processes = watch.stop();

      expect(run.exitCode, run.stderr).to.equal(0);
      const newest = await newestBackup(bucket);
      expect(await bucket.verify(newest)).to.be.greaterThan(15);
      const directories = (await bucket.inventory(newest)).map(({ dataDirectory }) => dataDirectory);
      expect(new Set(directories)).to.deep.equal(new Set(node.dataDirectories));
      expect(newest.roles, 'the roles are saved').to.not.equal(undefined);
      for (const tool of [
        'org.apache.cassandra.tools.NodeTool',
        '/bin/cqlsh --cqlshrc=',
        'check-certificate.py',
      ])
        expect(
          processes.filter((text) => text.includes(cluster.dir) && text.includes(tool)),
          tool,
        ).to.not.be.empty;
      for (const text of processes) expectNoSecret(text);
      await expectNothingLeft(node);
    });

    it('speaks the older exec protocol where the API server has no other, with the container it was told', () => {
      const { calls } = cluster.kubernetes.exec;

      expect(calls.length).to.be.greaterThan(10);
      expect(new Set(calls.map(({ protocol }) => protocol))).to.deep.equal(new Set(['v4.channel.k8s.io']));
      expect(new Set(calls.map(({ container }) => container))).to.deep.equal(new Set(['database']));
    });

    it('never printed a secret', () => {
      expect(runs.map(({ stderr }) => stderr.length > 0)).to.not.include(false);
      for (const { stdout, stderr } of runs) expectNoSecret(stdout + stderr);
    });

    async function expectRefusal(run: CainRun, reasons: Readonly<Record<string, string>>): Promise<void> {
      expect(run.exitCode, run.stderr).to.equal(3);
      for (const [reason, setting] of Object.entries(reasons))
        expect(run.stderr).to.contain(reason).and.to.contain(setting);
      expect(await bucket.keys()).to.deep.equal([]);
      expect(cluster.kubernetes.requests.get(leases)).to.equal(undefined);
      await expectNothingLeft(node);
    }
    function expectNoSecret(text: string): void {
      const { storePassword } = cluster.tls as TlsFiles;
      for (const word of [role.password, jmxLogin.password, storePassword]) {
        for (const form of formsOf(word)) expect(text.includes(form), `${form} in ${text}`).to.equal(false);
      }
    }
  });

  describe('4.1 with a password', function () {
    this.timeout(300_000);
    let cluster: EmbeddedCluster;
    let bucket: Bucket;
    const role = { name: 'backup', password: 'word' };
    const login = { CAIN_CASSANDRA_USERNAME: role.name, CAIN_CASSANDRA_PASSWORD: role.password };

    before(async () => {
      cluster = await startEmbeddedCluster({ cassandra: '4.1', cqlPasswords: true, pushgateway: false });
      bucket = openBucket(cluster);
      const client = await cluster.cql();
      await createShop(client);
      await createRole(client, role);
    });
    after(async () => {
      bucket?.store.close();
      await cluster?.stop();
    });

    async function cain(args: readonly string[], extra: Env = {}): Promise<CainRun> {
      return await startCain(args, { ...runEnv(cluster), ...extra }).ended;
    }

    it('backs up, and uploads nothing when nothing was written', async () => {
      const first = await cain(['backup'], login);
      const second = await cain(['backup'], login);

      expect([first.exitCode, second.exitCode], first.stderr + second.stderr).to.deep.equal([0, 0]);
      expect(first.lastCommit?.uploadedBytes).to.be.greaterThan(1_000);
      expect(second.lastCommit).to.include({ uploadedBytes: 0 });
      await bucket.verify(await newestBackup(bucket));
      await expectNothingLeft(onlyNode(cluster));
    });

    it('prints the sum that a person computes by hand', async () => {
      const { env } = onlyNode(cluster).container;
      const person = ['-u', 'cassandra', '-p', 'cassandra'];
      const byHand = execFileSync('cqlsh', [...person, '-e', 'DESC shop;'], {
        env: { ...env },
        stdio: 'pipe',
      });

      const run = await cain(['schema', '--sum'], login);

      expect(run.stdout.trim()).to.equal(createHash('sha256').update(byHand).digest('hex').slice(0, 6));
    });

    it('restores a keyspace that was dropped, row for row', async () => {
      const client = await cluster.cql();
      const rows = await checksumKeyspace(client, 'shop');
      await client.execute('DROP KEYSPACE shop');

      const run = await cain(['restore']);

      expect(run.exitCode, run.stderr).to.equal(0);
      expect(await checksumKeyspace(client, 'shop')).to.deep.equal(rows);
      await expectNothingLeft(onlyNode(cluster));
    });
  });
});

async function createShop(client: Client): Promise<void> {
  await client.execute(
    "CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
  );
  await client.execute('CREATE TABLE shop.users (id int PRIMARY KEY, name text, tags set<text>)');
  const insert = 'INSERT INTO shop.users (id, name, tags) VALUES (?, ?, ?)';
  for (let id = 0; id < 200; id++) {
    await client.execute(insert, [id, `name ${id}`, ['a', String(id)]], { prepare: true });
  }
}

/** May do all that a backup needs, and read no row of a user. On 5.0 "all keyspaces" would leave out these two. */
async function createRole(client: Client, { name, password }: Role): Promise<void> {
  await client.execute(`CREATE ROLE "${name}" WITH PASSWORD = '${password}' AND LOGIN = true`);
  for (const keyspace of ['system_views', 'system_auth'])
    await client.execute(`GRANT SELECT ON KEYSPACE ${keyspace} TO "${name}"`);
}

/** Each run is a Job of its own. */
function runEnv(cluster: EmbeddedCluster): Env {
  return cluster.env({ CAIN_HOLDER: randomUUID(), CAIN_KEYSPACE: 'shop' });
}

/** Logins as the chart mounts them: every secret in a file, none in the environment. */
function mountedLogins(dir: string, tls: TlsFiles, role: Role): Env {
  const stores = secretFile(dir, 'stores', tls.storePassword);
  return {
    CAIN_CASSANDRA_USERNAME: role.name,
    CAIN_CASSANDRA_PASSWORD: '',
    CAIN_CASSANDRA_PASSWORD_FILE: secretFile(dir, 'cql', role.password),
    CAIN_JMX_PASSWORD: '',
    CAIN_JMX_PASSWORD_FILE: secretFile(dir, 'jmx', jmxLogin.password),
    CAIN_JMX_TRUSTSTORE_PASSWORD: '',
    CAIN_JMX_TRUSTSTORE_PASSWORD_FILE: stores,
    CAIN_JMX_KEYSTORE_PASSWORD: '',
    CAIN_JMX_KEYSTORE_PASSWORD_FILE: stores,
  };
}

function secretFile(dir: string, name: string, text: string): string {
  const path = join(dir, `secret-${name}`);
  writeFileSync(path, `${text}\n`, { mode: 0o600 });
  return path;
}

async function newestBackup(bucket: Bucket): Promise<Manifest> {
  const newest = (await bucket.catalog()).backups.at(-1);
  if (!newest) throw new Error('there is no backup');
  return newest;
}

function onlyNode({ nodes }: EmbeddedCluster): EmbeddedNode {
  const [node] = nodes;
  if (!node) throw new Error('there is no node');
  return node;
}

/** No snapshot of ours on the disks, and no login in the memory of the pod. */
async function expectNothingLeft(node: EmbeddedNode): Promise<void> {
  const paths = node.dataDirectories.flatMap((directory) =>
    readdirSync(directory, { recursive: true, encoding: 'utf8' }),
  );
  const folders = await runProgram(node.container.sandbox.enter(['ls', '-A', '/dev/shm']));

  expect(paths.filter((path) => /\/snapshots\/cain-\d/.test(path))).to.deep.equal([]);
  expect(folders.stdout).to.not.contain('cain-logins-');
}

/** As it is, as JSON holds it, in base64 and URL-encoded. */
function formsOf(word: string): readonly string[] {
  const base64 = Buffer.from(word).toString('base64').replace(/=+$/, '');
  return [word, JSON.stringify(word).slice(1, -1), base64, encodeURIComponent(word)];
}
