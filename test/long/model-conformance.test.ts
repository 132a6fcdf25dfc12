import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { splitStatements } from '../../src/cassandra/cql.ts';
import { parseJsonRows, withoutWarnings } from '../../src/cassandra/cqlsh-output.ts';
import type { ToolOutput } from '../../src/cassandra/tool-error.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../support/embedded/cluster.ts';
import { runProgram } from '../support/embedded/run-program.ts';
import { type ModelCluster, startModelCluster } from '../support/model/cluster.ts';
import { comparable, conformanceCalls } from '../support/model/conformance.ts';
import { filesIn } from '../support/model/sstables.ts';

const statements = [
  "CREATE KEYSPACE shop WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': '1'}",
  "CREATE KEYSPACE other WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': '1'}",
  'CREATE TABLE shop.users (id text PRIMARY KEY, v text)',
  'CREATE TABLE shop.lwt (id text PRIMARY KEY, v text)',
  'CREATE TABLE shop.plain (id text PRIMARY KEY, v text)',
  'CREATE TABLE other.t1 (id text PRIMARY KEY, v text)',
];

/** The very same calls, side by side: what they print, how they end, and which files they leave. */
describe('The model answers as a real node (long)', function () {
  this.timeout(300_000);
  let real: EmbeddedCluster;
  let model: ModelCluster;

  before(async () => {
    real = await startEmbeddedCluster({ s3: false, pushgateway: false });
    model = await startModelCluster({ nodes: 1 });
    const client = await real.cql();
    for (const statement of statements) {
      await client.execute(statement);
      model.ring.schema.create(statement);
    }
    await client.execute("INSERT INTO shop.users (id, v) VALUES ('1', 'one')");
    model.ring.insert('shop', 'users', '1', 'one');
  });
  after(async () => {
    await real?.stop();
    await model?.stop();
  });

  async function call(cluster: 'real' | 'model', tool: string, args: readonly string[]): Promise<ToolOutput> {
    const container = cluster === 'real' ? real.nodes[0]?.container : model.containers.get('cassandra-0');
    if (!container) throw new Error('There is no container');
    const command = container.sandbox.enter([tool, ...args]);
    const { code, stdout, stderr } = await runProgram(command, { cwd: '/', env: { ...container.env } });
    return { exitCode: code, stdout, stderr };
  }
  const directoriesOf = (cluster: 'real' | 'model') =>
    cluster === 'real' ? real.nodes[0]?.dataDirectories : model.ring.members[0]?.disk.dataDirectories;
  /** Names in a snapshot of a table; the number of the SSTable left out. */
  function snapshotFiles(cluster: 'real' | 'model', table: string, tag: string): readonly string[] {
    const keyspace = join(directoriesOf(cluster)?.[0] ?? '', 'shop');
    const directory = filesIn(keyspace).find((name) => name.startsWith(`${table}-`)) ?? '';
    return filesIn(join(keyspace, directory, 'snapshots', tag)).toSorted();
  }

  for (const { args } of conformanceCalls) {
    it(`nodetool ${args.join(' ')}`, async () => {
      const [answered, wanted] = [
        await call('model', 'nodetool', args),
        await call('real', 'nodetool', args),
      ];

      expect(comparable(answered)).to.deep.equal(comparable(wanted));
    });
  }

  it('snapshots hold the same files', () => {
    for (const table of ['users', 'lwt'])
      expect(snapshotFiles('model', table, 'snap3')).to.deep.equal(snapshotFiles('real', table, 'snap3'));
    expect(snapshotFiles('model', 'users', 'snap3')).to.include('manifest.json');
  });

  it("a snapshot's manifest has the same members", () => {
    const members = (cluster: 'real' | 'model') => {
      const keyspace = join(directoriesOf(cluster)?.[0] ?? '', 'shop');
      const directory = filesIn(keyspace).find((name) => name.startsWith('users-')) ?? '';
      return Object.keys(
        JSON.parse(
          readFileSync(join(keyspace, directory, 'snapshots/snap3/manifest.json'), 'utf8'),
        ) as object,
      ).toSorted();
    };

    expect(members('model')).to.deep.equal(members('real'));
  });

  it('DESC prints the same bytes', async () => {
    const [answered, wanted] = await Promise.all([
      call('model', 'cqlsh', ['-e', 'DESC shop;']),
      call('real', 'cqlsh', ['-e', 'DESC shop;']),
    ]);

    expect(splitStatements(withoutWarnings(answered.stdout))).to.deep.equal(
      splitStatements(withoutWarnings(wanted.stdout)),
    );
    expect(answered.stdout).to.equal(wanted.stdout);
  });

  for (const table of ['keyspaces', 'tables', 'columns']) {
    it(`rows of system_schema.${table} have the same members, in their order`, async () => {
      const query = ['-e', `SELECT JSON * FROM system_schema.${table};`];
      const shapes = async (cluster: 'real' | 'model') =>
        parseJsonRows((await call(cluster, 'cqlsh', query)).stdout, 1)
          .flat()
          .filter((row) => (row as { keyspace_name: string }).keyspace_name === 'shop')
          .map((row) => Object.keys(row as object).join(' '));

      expect(await shapes('model')).to.deep.equal(await shapes('real'));
    });
  }

  it('refuses statements in the same words', async () => {
    for (const statement of [
      'SELECT JSON * FROM nosuch.t;',
      'SELECT JSON * FROM shop.nosuch;',
      'DESC nosuch;',
    ]) {
      expect(await call('model', 'cqlsh', ['-e', statement])).to.deep.equal(
        await call('real', 'cqlsh', ['-e', statement]),
      );
    }
  });
});
