import { type Client, types } from 'cassandra-driver';

/** A keyspace with all kinds of tables; SAI and a vector with 5.0. */
export function shopSchema(replication: string, { isFive }: { isFive: boolean }): readonly string[] {
  return [
    `CREATE KEYSPACE shop WITH replication = ${replication}`,
    'CREATE TYPE shop.place (street text, city text)',
    `CREATE TABLE shop.users (grp int, id int, name text, home frozen<place>, tags set<text>, prefs map<text, int>,
      leader text static, PRIMARY KEY (grp, id)) WITH CLUSTERING ORDER BY (id DESC)`,
    'CREATE INDEX users_name_idx ON shop.users (name)',
    'CREATE TABLE shop.hits (page text PRIMARY KEY, n counter)',
    "CREATE TABLE shop.visits (id int PRIMARY KEY, city text) WITH compaction = {'class': 'LeveledCompactionStrategy'}",
    `CREATE MATERIALIZED VIEW shop.visits_by_city AS SELECT * FROM shop.visits
      WHERE city IS NOT NULL AND id IS NOT NULL PRIMARY KEY (city, id)`,
    'CREATE FUNCTION shop.twice(a int) RETURNS NULL ON NULL INPUT RETURNS int LANGUAGE java AS $$return a * 2;$$',
    ...(isFive
      ? [
          'CREATE TABLE shop.things (id int PRIMARY KEY, color text, shape vector<float, 3>)',
          "CREATE CUSTOM INDEX things_color_idx ON shop.things (color) USING 'StorageAttachedIndex'",
        ]
      : []),
  ];
}

export interface ShopRows {
  readonly from: number;
  readonly to: number;
  readonly isFive: boolean;
}

/** Rows of every kind; called several times with a flush between, the tables have several SSTables. */
export async function fillShop(client: Client, { from, to, isFive }: ShopRows): Promise<void> {
  const execute = (query: string, values: unknown[]) => client.execute(query, values, { prepare: true });
  for (let id = from; id < to; id++) {
    const [home, tags, prefs] = [{ street: 'Main', city: `c${id}` }, ['a', String(id)], { x: id }];
    await Promise.all([
      execute(
        'INSERT INTO shop.users (grp, id, name, home, tags, prefs) VALUES (?, ?, ?, ?, ?, ?) USING TTL 864000',
        [id % 40, id, `name ${id % 10}`, home, tags, prefs],
      ),
      execute('UPDATE shop.users SET leader = ? WHERE grp = ?', [`leader ${id}`, id % 40]),
      execute('UPDATE shop.hits SET n = n + ? WHERE page = ?', [id, `page ${id % 30}`]),
      execute('INSERT INTO shop.visits (id, city) VALUES (?, ?)', [id, `city ${id % 7}`]),
      ...(isFive
        ? [
            execute('INSERT INTO shop.things (id, color, shape) VALUES (?, ?, ?)', [
              id,
              id % 2 === 0 ? 'red' : 'blue',
              new types.Vector([id, 1, 2], 'float'),
            ]),
          ]
        : []),
    ]);
  }
  await execute('DELETE FROM shop.users WHERE grp = ? AND id = ?', [from % 40, from]);
  await execute('DELETE FROM shop.visits WHERE id = ?', [from + 1]);
}
