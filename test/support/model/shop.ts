import type { ModelRing } from './ring.ts';

/** A small schema: two keyspaces whose names begin alike, a table with a view, one that stays empty. */
export function createShop(ring: ModelRing, replicas = 2): void {
  const create = (statement: string) => ring.schema.create(statement);
  for (const keyspace of ['shop', 'shop1'])
    create(
      `CREATE KEYSPACE ${keyspace} WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': '${replicas}'}`,
    );
  create('CREATE TABLE shop.users (id text PRIMARY KEY, v text)');
  create(
    'CREATE MATERIALIZED VIEW shop.users_by_v AS SELECT * FROM shop.users WHERE v IS NOT NULL AND id IS NOT NULL PRIMARY KEY (v, id)',
  );
  create('CREATE TABLE shop.nothing (id text PRIMARY KEY, v text)');
  create('CREATE TABLE shop1.users (id text PRIMARY KEY, v text)');
  fillShop(ring, 'first', 8);
}

/** New rows in both keyspaces; the last run of it gives each file its name. */
export function fillShop(ring: ModelRing, mark: string, rows: number): void {
  for (let index = 0; index < rows; index++) {
    ring.insert('shop', 'users', `user ${index}`, `${mark} ${index % 3}`);
    ring.insert('shop1', 'users', `${mark} user ${index}`, `${mark} ${index}`);
  }
}

export const shopTables = [
  ['shop', 'users'],
  ['shop', 'users_by_v'],
  ['shop', 'nothing'],
  ['shop1', 'users'],
] as const;

/** All rows of all nodes, each node by itself: what a restore must bring back. */
export function shopRows(
  ring: ModelRing,
): ReadonlyArray<readonly [string, ReadonlyArray<readonly [string, string]>]> {
  return ring.members.flatMap(({ pod, disk }) =>
    shopTables.map(([keyspace, table]) => {
      const rows = [...disk.rows(ring.table(keyspace, table))].toSorted(([a], [b]) => (a < b ? -1 : 1));
      return [`${pod} ${keyspace}.${table}`, rows] as const;
    }),
  );
}
