/**
 * The whole story on one machine: a cluster, a nightly backup, more writes, a second backup, retention, a loss, a
 * restore, and the proof that every row is back. Everything is real but the pods: see docs/testing.md.
 */
import { setTimeout } from 'node:timers/promises';
import { checksumKeyspace, type KeyspaceChecksum } from '../test/support/row-checksum.ts';
import { buildCain, type CainRun, runCain, startCain } from '../test/support/run-cain.ts';
import { allCities, createTables, keyspace, loadCities, visitCities } from './cities.ts';
import { printMetrics } from './metrics.ts';
import { type Stage, setStage } from './stage.ts';
import { chapter, say, summary } from './story.ts';

/** Leaves a part to be written after the first backup. */
const firstShare = 0.95;

await main();

async function main(): Promise<void> {
  chapter('The stage: three nodes of Cassandra, an S3 server, a Pushgateway');
  await buildCain();
  const stage = await setStage();
  const stopOnSignal = (): void => void stage.leave().finally(() => process.exit(130));
  process.once('SIGINT', stopOnSignal);
  process.once('SIGTERM', stopOnSignal);
  try {
    await story(stage);
  } finally {
    process.off('SIGINT', stopOnSignal);
    process.off('SIGTERM', stopOnSignal);
    await stage.leave();
  }
}

async function story(stage: Stage): Promise<void> {
  const client = await stage.connect();
  const cities = allCities();
  const first = cities.slice(0, Math.floor(cities.length * firstShare));
  const later = cities.slice(first.length);
  const env = {
    ...stage.env,
    CAIN_SCHEDULE: '30 2 * * *',
    CAIN_TIME_ZONE: 'Europe/Berlin',
    CAIN_LOG_FORMAT: 'text',
  };

  chapter(`Loading ${cities.length} cities of the world`);
  await createTables(client, stage.dataCenter);
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
  const nights = await listBackups(env);

  chapter('Retention: keep the newest backup only');
  say('First the backup expires; a day later its objects go. Here a day lasts a second.');
  const retention = {
    ...env,
    CAIN_KEEP_LAST: '1',
    CAIN_PRUNE_GRACE: '1s',
    // More than two where the demo ran on this cluster before: over half of them go.
    ...(nights.length > 2 ? { CAIN_PRUNE_CONFIRM: String(nights.length - 1) } : {}),
  };
  const expiry = await runCain(['prune'], retention);
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
  await printMetrics(stage.pushgatewayUrl);
  summary([
    ['Cassandra', stage.about.cassandra],
    ['S3 server', stage.about.s3],
    ['First night', `${describe(nights.at(-2))}, in ${firstNight.seconds} s`],
    ['Second night', `${describe(nights.at(-1))}, in ${secondNight.seconds} s`],
    [
      'Prune',
      `expired ${printed(expiry, 'Expired')}, then deleted ${printed(prune, 'Deleted')}, in ${prune.seconds} s`,
    ],
    ['Restore', `in ${restore.seconds} s`],
    ['Rows', isEqual ? `all ${countRows(before)} are back, checksums equal` : 'DIFFER'],
  ]);
  if (!isEqual) throw new Error('The rows after the restore are not those from before');
}

/** A fact of what `cain prune` printed. */
function printed({ stdout }: CainRun, name: string): string {
  return new RegExp(`^${name} +(.*)$`, 'm').exec(stdout)?.[1] ?? 'nothing';
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

interface ListedNight {
  readonly files: number;
  readonly bytes: number;
  readonly uploadedBytes: number;
}

async function listBackups(env: Readonly<Record<string, string>>): Promise<readonly ListedNight[]> {
  const { stdout } = await startCain(['list', '--output', 'json'], env).ended;
  return (JSON.parse(stdout) as { readonly backups: readonly ListedNight[] }).backups;
}

function describe(night: ListedNight | undefined): string {
  if (!night) return 'no backup';
  const { files, bytes, uploadedBytes } = night;
  return `${files} files, ${megabytes(bytes)}: ${megabytes(uploadedBytes)} uploaded, ${megabytes(bytes - uploadedBytes)} reused`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
