/** Each kind of thing that Cassandra can hold is as it was: dropped and restored, and restored over newer rows. */
import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Client, types } from 'cassandra-driver';
import { expect } from 'chai';
import { expectRowsOnEachNode } from '../support/alone.ts';
import type { EmbeddedClusterOptions } from '../support/embedded/cluster.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../support/embedded/cluster.ts';
import { askKinds, keyspace, schemaOfKinds, writeKinds } from '../support/every-kind.ts';
import { checksumKeyspace, type KeyspaceChecksum } from '../support/row-checksum.ts';
import { buildCain, type CainRun, startCain } from '../support/run-cain.ts';

const otherSettings = [
  'storage_compatibility_mode: NONE',
  'uuid_sstable_identifiers_enabled: true',
  'sstable: {selected_format: bti}',
  'auto_snapshot: false',
];

interface Variant {
  readonly name: string;
  readonly options: EmbeddedClusterOptions;
  readonly sstable: RegExp;
  readonly hasSai: boolean;
}

const variants: readonly Variant[] = [
  { name: '5.0, big and numbered', options: {}, sstable: /^nb-\d+-big-Data\.db$/, hasSai: true },
  {
    name: '5.0, BTI and UUIDs, no automatic snapshots',
    options: { extraYaml: otherSettings.join('\n') },
    sstable: /^da-\w{4}_\w{4}_\w{18}-bti-Data\.db$/,
    hasSai: true,
  },
  { name: '4.1', options: { cassandra: '4.1' }, sstable: /^nb-\d+-big-Data\.db$/, hasSai: false },
];

for (const { name, options, sstable, hasSai } of variants) {
  describe(`every kind, Cassandra ${name}`, function () {
    this.timeout(900_000);
    let cluster: EmbeddedCluster;
    let client: Client;
    let saved: KeyspaceChecksum;
    let answers: Record<string, unknown>;

    before(async () => {
      await buildCain();
      // Cassandra refuses an index of vectors on several.
      const dataDirectories = hasSai ? 1 : 2;
      cluster = await startEmbeddedCluster({ nodes: 2, dataDirectories, ...options });
      client = await cluster.cql({ consistency: types.consistencies.all });
      for (const statement of schemaOfKinds({ hasSai }, 2)) await client.execute(statement);
      await writeKinds(client, { hasSai }, 0, 30);
      for (let id = 0; id < 30; id++)
        await client.execute("INSERT INTO kinds.columns_gone (id, v, gone) VALUES (?, 'v', 'old')", [id], {
          prepare: true,
        });
      for (const { nodetool } of cluster.nodes) await nodetool('flush', keyspace);
      await client.execute('ALTER TABLE kinds.columns_gone DROP gone');
      await writeKinds(client, { hasSai }, 30, 50);
      await untilExpired();
      saved = await checksumKeyspace(client, keyspace);
      answers = await askKinds(client, { hasSai });
      expectOk(await cain(['backup']));
    });
    after(async () => {
      await cluster?.stop();
    });

    async function cain(args: readonly string[], extra: Record<string, string> = {}): Promise<CainRun> {
      const run = { CAIN_HOLDER: randomUUID(), CAIN_LOCK_DURATION: '5s', CAIN_KEYSPACE: keyspace };
      return await startCain(args, cluster.env({ ...run, ...extra })).ended;
    }
    function expectOk({ exitCode, stderr }: CainRun): void {
      expect(exitCode, stderr).to.equal(0);
    }
    /** Cells that live a second: from then on a restore must not bring them back. */
    async function untilExpired(): Promise<void> {
      const limit = Date.now() + 30_000;
      for (;;) {
        const { rows } = await client.execute('SELECT other FROM kinds.expiring');
        if (rows.every(({ other }) => other === null)) return;
        if (Date.now() > limit) throw new Error('Cells with a TTL of one second do not expire');
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
    function sstables(): readonly string[] {
      return cluster.nodes
        .flatMap(({ dataDirectories }) => dataDirectories.map((directory) => join(directory, keyspace)))
        .flatMap((directory) =>
          readdirSync(directory).flatMap((table) => readdirSync(join(directory, table))),
        )
        .filter((file) => file.endsWith('-Data.db'));
    }

    it('is as it was after the keyspace was dropped, at ALL and on each node alone', async () => {
      await client.execute(`DROP KEYSPACE ${keyspace}`);

      expectOk(await cain(['restore']));

      expect(sstables()).not.to.deep.equal([]);
      for (const file of sstables()) expect(file).to.match(sstable);
      expect(await checksumKeyspace(client, keyspace)).to.deep.equal(saved);
      expect(await askKinds(client, { hasSai })).to.deep.equal(answers);
      await expectRowsOnEachNode(cluster, keyspace, saved);
    });

    it('is as it was over newer rows, and lives on', async () => {
      await writeKinds(client, { hasSai }, 60, 70);
      const dry = await cain(['restore', '--dry-run']);
      const tag = /Restore of backup (\d{14})/.exec(dry.stdout)?.[1];

      expectOk(await cain(['restore'], { CAIN_RESTORE_CONFIRM: `${cluster.clusterName}/${tag}` }));

      expect(await checksumKeyspace(client, keyspace)).to.deep.equal(saved);
      expect(await askKinds(client, { hasSai })).to.deep.equal(answers);
      const insert = await client.execute('INSERT INTO kinds.lwt (id, v) VALUES (1, 1) IF NOT EXISTS');
      expect(insert.rows[0]?.['[applied]']).to.equal(false);
      await client.execute("UPDATE kinds.counters SET hits = hits + 1 WHERE page = 'page 1' AND day = 1");
      const before = Number(
        (await client.execute("SELECT hits FROM kinds.counters WHERE page = 'page 1' AND day = 1")).rows[0]
          ?.hits,
      );
      await client.execute("UPDATE kinds.counters SET hits = hits + 1 WHERE page = 'page 1' AND day = 1");
      const { rows } = await client.execute(
        "SELECT hits FROM kinds.counters WHERE page = 'page 1' AND day = 1",
      );
      expect(Number(rows[0]?.hits)).to.equal(before + 1);
      await client.execute("INSERT INTO kinds.based (id, city, v) VALUES (1000, 'new city', 'v')");
      const view = await client.execute("SELECT id FROM kinds.based_by_city WHERE city = 'new city'");
      expect(view.rows.map(({ id }) => id)).to.deep.equal([1000]);
    });
  });
}
