/**
 * The whole story on one machine: a cluster, a nightly backup, more writes, a second backup, retention, a loss, a
 * restore, and the proof that every row is back. Everything is real but the pods: see docs/testing.md.
 */
import { setTimeout } from 'node:timers/promises';
import { types } from 'cassandra-driver';
import { type EmbeddedCluster, startEmbeddedCluster } from '../test/support/embedded/cluster.ts';
import { checksumKeyspace, type KeyspaceChecksum } from '../test/support/row-checksum.ts';
import { buildCain, runCain } from '../test/support/run-cain.ts';
import { allCities, createTables, keyspace, loadCities, visitCities } from './cities.ts';
import { printMetrics } from './metrics.ts';
import { chapter, say, summary } from './story.ts';

/** Leaves a part to be written after the first backup. */
const firstShare = 0.95;

await main();

async function main(): Promise<void> {
  chapter('Starting a cluster of three');
  await buildCain();
  const cluster = await startEmbeddedCluster({ nodes: 3, announce: say });
  const stopOnSignal = (): void => void cluster.stop().finally(() => process.exit(130));
  process.once('SIGINT', stopOnSignal);
  process.once('SIGTERM', stopOnSignal);
  try {
    await story(cluster);
  } finally {
    process.off('SIGINT', stopOnSignal);
    process.off('SIGTERM', stopOnSignal);
    await cluster.stop();
  }
}

async function story(cluster: EmbeddedCluster): Promise<void> {
  const client = await cluster.cql({ consistency: types.consistencies.all });
  const cities = allCities();
  const first = cities.slice(0, Math.floor(cities.length * firstShare));
  const later = cities.slice(first.length);
  const env = cluster.env({
    CAIN_SCHEDULE: '30 2 * * *',
    CAIN_TIME_ZONE: 'Europe/Berlin',
    CAIN_LOG_FORMAT: 'text',
  });

  chapter(`Loading ${cities.length} cities of the world`);
  await createTables(client);
  await loadCities(client, first, progressEvery(20_000));
  await visitCities(client, first.slice(0, 2_000), 'Ada', new Date('2026-01-01'));

  chapter('The nightly job, first night');
  const firstNight = await runCain([], env);

  chapter('A day passes: more cities, more visits');
  await loadCities(client, later, progressEvery(20_000));
  await visitCities(client, later.slice(0, 500), 'Grace', new Date('2026-01-02'));

  chapter('The nightly job, second night');
  const secondNight = await runCain([], env);
  await runCain(['list'], env);

  chapter('Retention: keep the newest backup only');
  say('First the backup expires; a day later its objects go. Here a day lasts a second.');
  const retention = { ...env, CAIN_KEEP_LAST: '1', CAIN_PRUNE_GRACE: '1s' };
  await runCain(['prune'], retention);
  await setTimeout(2_000);
  const prune = await runCain(['prune'], retention);

  chapter('The loss: somebody drops the keyspace');
  const before = await checksumKeyspace(client, keyspace);
  await client.execute(`DROP KEYSPACE ${keyspace}`, [], { prepare: false });
  say(`DROP KEYSPACE ${keyspace};`);

  chapter('The restore');
  const restore = await runCain(['restore'], { ...env, CAIN_TAG: 'latest' });

  chapter('The proof: every row, read from all replicas');
  const after = await checksumKeyspace(client, keyspace);
  const isEqual = JSON.stringify(before) === JSON.stringify(after);
  for (const [table, { rows, sha256 }] of Object.entries(after))
    say(`${keyspace}.${table}: ${rows} rows, SHA-256 ${sha256.slice(0, 16)}`);

  chapter('Summary');
  await printMetrics(cluster);
  summary([
    ['Cassandra', `${cluster.cassandraVersion}, ${cluster.nodes.length} nodes, replication factor 2`],
    ['S3 server', cluster.s3.server],
    ['First night', `${describe(firstNight.lastCommit)} in ${firstNight.seconds} s`],
    ['Second night', `${describe(secondNight.lastCommit)} in ${secondNight.seconds} s`],
    ['Prune', `in ${prune.seconds} s`],
    ['Restore', `in ${restore.seconds} s`],
    ['Rows', isEqual ? `all ${countRows(before)} are back, checksums equal` : 'DIFFER'],
  ]);
  if (!isEqual) throw new Error('The rows after the restore are not those from before');
}

function countRows(checksums: KeyspaceChecksum): number {
  return Object.values(checksums).reduce((sum, { rows }) => sum + rows, 0);
}

function progressEvery(step: number): (count: number) => void {
  let next = step;
  return (count) => {
    if (count < next) return;
    next += step;
    say(`${count} rows`);
  };
}

function describe(commit: Readonly<Record<string, unknown>> | undefined): string {
  const megabytes = (bytes: unknown): string => `${(Number(bytes) / 1e6).toFixed(1)} MB`;
  return `${commit?.files} files, ${megabytes(commit?.bytes)}: ${megabytes(commit?.uploadedBytes)} uploaded, ${megabytes(commit?.reusedBytes)} reused`;
}
