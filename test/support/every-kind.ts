import { type Client, types } from 'cassandra-driver';

/** What one line of Cassandra can hold that another can not. */
export interface Abilities {
  /** Storage-attached indexes and vectors, from 5.0. */
  readonly hasSai: boolean;
}

export const keyspace = 'kinds';

/** A keyspace with a table for each kind of thing that a restore could get wrong. */
export function schemaOfKinds({ hasSai }: Abilities, replicas: number): readonly string[] {
  return [
    `CREATE KEYSPACE ${keyspace} WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': ${replicas}}`,
    'CREATE TYPE kinds.address (street text, city text)',
    'CREATE TYPE kinds.contact (name text, home frozen<address>, phones frozen<list<text>>)',
    `CREATE TABLE kinds.nested (id int PRIMARY KEY, plain address, whole frozen<contact>,
      deep map<text, frozen<list<frozen<contact>>>>, pair tuple<int, frozen<set<text>>>)`,
    `CREATE TABLE kinds.statics (grp int, at timestamp, v decimal, leader text static, total varint static,
      PRIMARY KEY (grp, at)) WITH CLUSTERING ORDER BY (at DESC)`,
    'CREATE TABLE kinds.collections (id uuid PRIMARY KEY, s set<int>, l list<text>, m map<text, timestamp>)',
    'CREATE TABLE kinds.counters (page text, day int, hits counter, PRIMARY KEY (page, day))',
    'CREATE TABLE kinds.expiring (id int PRIMARY KEY, v text, other text)',
    'CREATE TABLE kinds.deleted (grp int, id int, v text, s set<int>, PRIMARY KEY (grp, id))',
    'CREATE TABLE kinds.columns_gone (id int PRIMARY KEY, v text, gone text)',
    'CREATE TABLE kinds.lwt (id int PRIMARY KEY, v int)',
    'CREATE TABLE kinds.indexed (id int PRIMARY KEY, name text, tags set<text>)',
    'CREATE INDEX indexed_name ON kinds.indexed (name)',
    'CREATE INDEX indexed_tags ON kinds.indexed (values(tags))',
    'CREATE TABLE kinds.sasi (id int PRIMARY KEY, name text)',
    `CREATE CUSTOM INDEX sasi_name ON kinds.sasi (name) USING 'org.apache.cassandra.index.sasi.SASIIndex' WITH OPTIONS = {'mode': 'CONTAINS'}`,
    'CREATE TABLE kinds.based (id int PRIMARY KEY, city text, v text)',
    `CREATE MATERIALIZED VIEW kinds.based_by_city AS SELECT * FROM kinds.based
      WHERE city IS NOT NULL AND id IS NOT NULL PRIMARY KEY (city, id)`,
    "CREATE TABLE kinds.uncompressed (id int PRIMARY KEY, v text) WITH compression = {'enabled': 'false'}",
    `CREATE TABLE kinds.zstd (id int PRIMARY KEY, v text) WITH compression = {'class': 'ZstdCompressor'}
      AND compaction = {'class': 'LeveledCompactionStrategy'}`,
    'CREATE TABLE kinds."MixedCase" ("Id" int PRIMARY KEY, "Value" text)',
    'CREATE TABLE kinds.never_filled (id int PRIMARY KEY)',
    "CREATE FUNCTION kinds.twice (n int) RETURNS NULL ON NULL INPUT RETURNS int LANGUAGE java AS 'return n * 2;'",
    ...(hasSai
      ? [
          'CREATE TABLE kinds.vectors (id int PRIMARY KEY, name text, v vector<float, 3>)',
          "CREATE CUSTOM INDEX vectors_v ON kinds.vectors (v) USING 'StorageAttachedIndex'",
          "CREATE CUSTOM INDEX vectors_name ON kinds.vectors (name) USING 'StorageAttachedIndex'",
        ]
      : []),
  ];
}

/** Called with two ranges of ids it gives two SSTables a table, if one flushes between. */
export async function writeKinds(
  client: Client,
  { hasSai }: Abilities,
  from: number,
  to: number,
): Promise<void> {
  const run = (query: string, values: readonly unknown[] = []) =>
    client.execute(query, [...values], { prepare: true });
  for (let id = from; id < to; id++) {
    const home = { street: `Street ${id}`, city: `city ${id % 7}` };
    const contact = { name: `name ${id}`, home, phones: ['1', String(id)] };
    const pair = types.Tuple.fromArray([id, ['x', 'y']]);
    await run('INSERT INTO kinds.nested (id, plain, whole, deep, pair) VALUES (?, ?, ?, ?, ?)', [
      id,
      home,
      contact,
      { friends: [contact] },
      pair,
    ]);
    await run('UPDATE kinds.nested SET plain.street = ? WHERE id = ?', ['changed alone', id]);
    const at = new Date(Date.UTC(2026, 0, 1, 0, 0, id));
    await run('INSERT INTO kinds.statics (grp, at, v) VALUES (?, ?, ?)', [
      id % 4,
      at,
      types.BigDecimal.fromString(`${id}.5`),
    ]);
    const total = types.Integer.fromString(`9${'0'.repeat(30)}${id}`);
    await run('UPDATE kinds.statics SET leader = ?, total = ? WHERE grp = ?', [
      `leader ${id}`,
      total,
      id % 4,
    ]);
    const uuid = types.Uuid.fromString(`00000000-0000-4000-8000-${String(id).padStart(12, '0')}`);
    await run('INSERT INTO kinds.collections (id, s, l, m) VALUES (?, ?, ?, ?)', [
      uuid,
      [id],
      ['a', 'b'],
      { t: at },
    ]);
    await run('UPDATE kinds.collections SET s = s + ?, l = l + ?, m[?] = ? WHERE id = ?', [
      [1000],
      ['c'],
      'u',
      at,
      uuid,
    ]);
    await run('UPDATE kinds.counters SET hits = hits + ? WHERE page = ? AND day = ?', [
      id,
      `page ${id % 3}`,
      id % 5,
    ]);
    await run('INSERT INTO kinds.expiring (id, v) VALUES (?, ?) USING TTL 864000', [id, 'row']);
    await run('UPDATE kinds.expiring USING TTL 1 SET other = ? WHERE id = ?', ['gone in a second', id]);
    await run('INSERT INTO kinds.deleted (grp, id, v, s) VALUES (?, ?, ?, ?)', [id % 4, id, 'v', [1, 2]]);
    await run('INSERT INTO kinds.lwt (id, v) VALUES (?, ?) IF NOT EXISTS', [id, id]);
    await run('INSERT INTO kinds.indexed (id, name, tags) VALUES (?, ?, ?)', [
      id,
      `name ${id}`,
      ['all', `t${id}`],
    ]);
    await run('INSERT INTO kinds.sasi (id, name) VALUES (?, ?)', [id, `a name ${id} of many`]);
    await run('INSERT INTO kinds.based (id, city, v) VALUES (?, ?, ?)', [id, `city ${id % 7}`, 'v']);
    for (const table of ['uncompressed', 'zstd'])
      await run(`INSERT INTO kinds.${table} (id, v) VALUES (?, ?)`, [id, 'x'.repeat(500)]);
    await run('INSERT INTO kinds."MixedCase" ("Id", "Value") VALUES (?, ?)', [id, 'v']);
    if (hasSai)
      await run(`INSERT INTO kinds.vectors (id, name, v) VALUES (${id}, 'n ${id}', [${id}, ${id + 1}, 0.5])`);
  }
  await run('DELETE FROM kinds.deleted WHERE grp = 0');
  await run('DELETE FROM kinds.deleted WHERE grp = 1 AND id > ?', [from + 5]);
  await run('DELETE FROM kinds.deleted WHERE grp = 2 AND id = ?', [from + 2]);
  await run('DELETE v FROM kinds.deleted WHERE grp = 3 AND id = ?', [from + 3]);
  await run('UPDATE kinds.deleted SET s = s - ? WHERE grp = 3 AND id = ?', [[1], from + 3]);
  await run('UPDATE kinds.lwt SET v = ? WHERE id = ? IF v = ?', [-1, from, from]);
}

/** Answers that come through indexes, views, functions, Paxos and times of writing, in a form that can be compared. */
export async function askKinds(client: Client, { hasSai }: Abilities): Promise<Record<string, unknown>> {
  const ask = async (query: string): Promise<readonly string[]> =>
    (await client.execute(query)).rows.map((row) => JSON.stringify(row)).toSorted();
  return {
    secondary: await ask("SELECT id FROM kinds.indexed WHERE name = 'name 7'"),
    ofCollection: await ask("SELECT id FROM kinds.indexed WHERE tags CONTAINS 't8'"),
    sasi: await ask("SELECT id FROM kinds.sasi WHERE name LIKE '%name 1%'"),
    view: await ask("SELECT id, v FROM kinds.based_by_city WHERE city = 'city 3'"),
    written: await ask('SELECT id, WRITETIME(v) AS at FROM kinds.zstd WHERE id IN (1, 2, 30)'),
    doubled: await ask('SELECT id, kinds.twice(v) AS d FROM kinds.lwt WHERE id IN (1, 2, 30)'),
    ...(hasSai
      ? {
          sai: await ask("SELECT id FROM kinds.vectors WHERE name = 'n 9'"),
          vector: await ask('SELECT id FROM kinds.vectors ORDER BY v ANN OF [5.0, 6.0, 0.5] LIMIT 3'),
        }
      : {}),
  };
}
