/** Roles and permissions come back when they are asked for, and nobody reads a hash on the way. */
import { randomUUID } from 'node:crypto';
import type { Client } from 'cassandra-driver';
import { expect } from 'chai';
import { type EmbeddedCluster, startEmbeddedCluster } from '../support/embedded/cluster.ts';
import { watchProcesses } from '../support/process-watch.ts';
import { buildCain, type CainRun, startCain } from '../support/run-cain.ts';

const app = { username: 'App', password: "it's 5%" };

for (const cassandra of ['5.0', '4.1'] as const) {
  describe(`roles, Cassandra ${cassandra}`, function () {
    this.timeout(300_000);
    let cluster: EmbeddedCluster;
    let client: Client;

    before(async () => {
      await buildCain();
      cluster = await startEmbeddedCluster({ cassandra, cqlPasswords: true, pushgateway: false });
      client = await cluster.cql();
      const statements = [
        "CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
        'CREATE TABLE shop.users (id int PRIMARY KEY)',
        `CREATE ROLE "App" WITH PASSWORD = '${app.password.replaceAll("'", "''")}' AND LOGIN = true`,
        'CREATE ROLE readers',
        'GRANT SELECT ON TABLE shop.users TO readers',
        'GRANT readers TO "App"',
        'INSERT INTO shop.users (id) VALUES (1)',
      ];
      for (const statement of statements) await client.execute(statement);
    });
    after(async () => {
      await cluster?.stop();
    });

    async function cain(args: readonly string[], extra: Record<string, string> = {}): Promise<CainRun> {
      const run = {
        CAIN_HOLDER: randomUUID(),
        CAIN_LOCK_DURATION: '5s',
        CAIN_KEYSPACE: 'shop',
        CAIN_LOG_LEVEL: 'debug',
      };
      return await startCain(args, cluster.env({ ...run, ...extra })).ended;
    }

    it('are made again with their passwords and permissions', async () => {
      const { rows } = await client.execute("SELECT salted_hash FROM system_auth.roles WHERE role = 'App'");
      const hash = String(rows[0]?.salted_hash);
      const backup = await cain([]);
      expect(backup.exitCode, backup.stderr).to.equal(0);
      for (const statement of ['DROP ROLE "App"', 'DROP ROLE readers', 'DROP KEYSPACE shop'])
        await client.execute(statement);

      const watch = watchProcesses();
      const run = await cain(['restore'], { CAIN_RESTORE_ROLES: 'true' });
      const processes = watch.stop();

      expect(run.exitCode, run.stderr).to.equal(0);
      expect(run.stdout).to.contain('Roles: 2 made; as they were, since they were there: cassandra');
      const asApp = await cluster.cql({ login: app });
      expect((await asApp.execute('SELECT id FROM shop.users')).rows).to.have.length(1);
      const refused = await asApp
        .execute('INSERT INTO shop.users (id) VALUES (2)')
        .catch((error: unknown) => String(error));
      expect(refused).to.match(/MODIFY/);
      for (const text of [backup.stdout, backup.stderr, run.stdout, run.stderr, ...processes])
        expect(text).not.to.contain(hash);
    });
  });
}
