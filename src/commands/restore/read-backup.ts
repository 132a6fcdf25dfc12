import { randomUUID } from 'node:crypto';
import { tableName } from '../../cassandra/journal.ts';
import { CainError } from '../../errors.ts';
import { readCatalogWithDoubts } from '../../store/catalog.ts';
import { readJsonLines } from '../../store/json-lines.ts';
import type { Manifest } from '../../store/manifest.ts';
import { readObject } from '../../store/read-object.ts';
import { parseSchemaRecord, type SchemaRecord } from '../../store/schema-records.ts';
import { parseTopology, type TopologyNode } from '../../store/topology-record.ts';
import { checkIsReadable, checkNotDamaged, chooseBackup, passedOver } from './choose-backup.ts';
import { type ChosenTables, chooseTables, originalOf, tablesOf } from './choose-tables.ts';
import { drillRenames } from './drill-renames.ts';
import { renameTables } from './rename-tables.ts';
import type { RestoreRun } from './restore-run.ts';

/** The backup that is to be restored, as far as its small records tell. */
export interface ChosenBackup {
  readonly manifest: Manifest;
  readonly topology: readonly TopologyNode[];
  /** Under the names that they get. */
  readonly chosen: ChosenTables;
}

/** Chooses backup and tables. Throws CAIN_NO_BACKUP, or CAIN_FORMAT where a record is not what the manifest names. */
export async function readBackup(run: RestoreRun, tag: string): Promise<ChosenBackup> {
  const { settings, log } = run.context;
  const catalog = await readCatalogWithDoubts(run.store, run.signal);
  const wanted = { tag, plan: settings.plan, location: run.store.location };
  checkIsReadable(catalog, wanted);
  const manifest = chooseBackup(catalog, wanted);
  const newer = passedOver(catalog, manifest, wanted);
  if (newer.length > 0)
    log.warn('Newer backups are damaged or not whole and are passed over', { tags: newer });
  const records = await readSchemaRecords(run, manifest);
  const held = chooseTables(
    records,
    { keyspaces: settings.keyspaces, tables: settings.tables },
    manifest.tag,
  );
  const renaming = { backup: manifest.tag, newId: randomUUID };
  checkSum(manifest, held, settings.schemaSum);
  const keyspaces = [...new Set(held.groups.map(({ keyspace }) => keyspace))];
  const renames = settings.drill ? drillRenames(keyspaces) : (settings.renames ?? []);
  const chosen = renameTables(held, renames, renaming);
  const names = chosen.groups.flatMap(tablesOf).map(originalOf).map(tableName);
  checkNotDamaged(catalog, manifest, new Set(names));
  return { manifest, topology: await readTopology(run, manifest), chosen };
}

/** CAIN_SCHEMA names the schema that a keyspace had: another one is another backup. */
function checkSum({ tag }: Manifest, { keyspaces }: ChosenTables, wanted: string | undefined): void {
  if (wanted === undefined || keyspaces.some(({ sum }) => sum === wanted)) return;
  const known = keyspaces.map(({ keyspace, sum }) => `${keyspace}/${sum}`).join(', ');
  throw new CainError(
    'CAIN_NO_BACKUP',
    `Backup ${tag} lies under no schema sum ${wanted}; there is ${known}`,
    {
      hint: 'Check CAIN_SCHEMA, or leave it out.',
    },
  );
}

async function readSchemaRecords(
  { store, signal }: RestoreRun,
  { schema }: Manifest,
): Promise<readonly SchemaRecord[]> {
  const records: SchemaRecord[] = [];
  for await (const value of readJsonLines(store, schema.key, { sha256: schema.sha256, signal })) {
    records.push(parseSchemaRecord(value, schema.key));
  }
  return records;
}

async function readTopology(
  { store, signal }: RestoreRun,
  { topology }: Manifest,
): Promise<readonly TopologyNode[]> {
  const bytes = await readObject(store, topology.key, signal, topology.sha256);
  return parseTopology(bytes, topology.key);
}
