import { createHash, randomUUID } from 'node:crypto';
import { statementKind } from '../../../src/cassandra/cql.ts';
import { typeFields } from '../../../src/cassandra/create-statements.ts';
import { describeKeyspaceText, type ModelColumn, type ModelKeyspace, type ModelTable } from './cql-text.ts';

/** What a statement was refused with, in the server's words. */
export class CqlRefusal extends Error {}

export type Row = Readonly<Record<string, unknown>>;

/** The schema that all nodes of a model ring agree on. */
export interface ModelSchema {
  readonly keyspaces: ReadonlyMap<string, ModelKeyspace>;
  /** By `keyspace.table`. */
  readonly tables: ReadonlyMap<string, ModelTable>;
  /** CREATE of keyspaces, tables and views, with or without ids and IF NOT EXISTS. */
  create(statement: string): void;
  dropTable(keyspace: string, table: string): ModelTable;
  dropKeyspace(keyspace: string): readonly ModelTable[];
  addColumn(keyspace: string, table: string, column: string, type: string): void;
  tablesOf(keyspace: string): readonly ModelTable[];
  describe(keyspace: string): string | undefined;
  /** A UUID of its content. */
  version(): string;
  /** Rows of a table of system_schema. */
  rows(table: string): readonly Row[];
}

const replicationClass = 'org.apache.cassandra.locator.NetworkTopologyStrategy';

export function createModelSchema(): ModelSchema {
  const keyspaces = new Map<string, ModelKeyspace>();
  const tables = new Map<string, ModelTable>();
  const tablesOf = (keyspace: string) => [...tables.values()].filter((table) => table.keyspace === keyspace);

  function create(statement: string): void {
    const { kind, keyspace = '', name = '' } = statementKind(statement);
    const mayExist = /\bIF NOT EXISTS\b/i.test(statement);
    if (kind === 'keyspace') {
      if (keyspaces.has(keyspace) && !mayExist) throw new CqlRefusal(`Keyspace '${keyspace}' already exists`);
      if (!keyspaces.has(keyspace))
        keyspaces.set(keyspace, { name: keyspace, factors: factorsOf(statement) });
      return;
    }
    if (kind !== 'table' && kind !== 'view') throw new CqlRefusal(`The model can't run ${statement}`);
    if (!keyspaces.has(keyspace)) throw new CqlRefusal(`Keyspace '${keyspace}' doesn't exist`);
    const key = `${keyspace}.${name}`;
    if (tables.has(key)) {
      if (mayExist) return;
      throw new CqlRefusal(`Table '${key}' already exists`);
    }
    const id = /\bID = ([0-9a-f-]{36})/i.exec(statement)?.[1] ?? randomUUID();
    tables.set(key, { keyspace, name, id, ...shapeOf(statement, keyspace, kind) });
  }

  function shapeOf(statement: string, keyspace: string, kind: 'table' | 'view') {
    if (kind === 'table') return { columns: columnsOf(statement) };
    const base = /\bFROM\s+(?:"?\w+"?\.)?"?(\w+)"?/i.exec(statement)?.[1] ?? '';
    const keys = (/PRIMARY KEY \(([^)]*)\)/i.exec(statement)?.[1] ?? '').split(',').map((key) => key.trim());
    const columns = tables.get(`${keyspace}.${base}`)?.columns;
    if (!columns) throw new CqlRefusal(`Base table '${base}' doesn't exist`);
    return { base, columns: columns.map((column) => viewColumn(column, keys)) };
  }

  function dropTable(keyspace: string, name: string): ModelTable {
    const table = tables.get(`${keyspace}.${name}`);
    if (!table) throw new CqlRefusal(`Table '${keyspace}.${name}' doesn't exist`);
    tables.delete(`${keyspace}.${name}`);
    return table;
  }

  const rowsByTable: Readonly<Record<string, () => readonly Row[]>> = {
    keyspaces: () => [...systemKeyspaceRows(), ...[...keyspaces.values()].map(keyspaceRow)],
    tables: () => [...tables.values()].filter(({ base }) => base === undefined).map(tableRow),
    views: () =>
      [...tables.values()].filter(({ base }) => base !== undefined).map((view) => viewRow(view, tables)),
    columns: () => [...tables.values()].flatMap(columnRows),
  };

  return {
    keyspaces,
    tables,
    create,
    dropTable,
    dropKeyspace: (keyspace) => {
      const dropped = tablesOf(keyspace).map(({ name }) => dropTable(keyspace, name));
      keyspaces.delete(keyspace);
      return dropped;
    },
    addColumn: (keyspace, name, column, type) => {
      const table = dropTable(keyspace, name);
      const added: ModelColumn = { name: column, type, kind: 'regular', position: -1 };
      tables.set(`${keyspace}.${name}`, { ...table, columns: [...table.columns, added] });
    },
    tablesOf,
    describe: (keyspace) => {
      const known = keyspaces.get(keyspace);
      return known && describeKeyspaceText(known, tablesOf(keyspace));
    },
    version: () => uuidOf(JSON.stringify([[...tables.values()], [...keyspaces.keys()]])),
    rows: (table) => rowsByTable[table]?.() ?? [],
  };
}

function factorsOf(statement: string): ReadonlyMap<string, number> {
  const body = /replication = \{([^}]*)\}/i.exec(statement)?.[1] ?? '';
  const pairs = [...body.matchAll(/'([^']+)'\s*:\s*'?(\d+)'?/g)];
  return new Map(pairs.map(([, dataCenter = '', factor]) => [dataCenter, Number(factor)]));
}

function columnsOf(statement: string): readonly ModelColumn[] {
  return typeFields(statement).map(({ name, type }) => {
    const isKey = / PRIMARY KEY$/i.test(type);
    return {
      name,
      type: type.replace(/ PRIMARY KEY$/i, ''),
      kind: isKey ? ('partition_key' as const) : ('regular' as const),
      position: isKey ? 0 : -1,
    };
  });
}

function viewColumn(column: ModelColumn, keys: readonly string[]): ModelColumn {
  const at = keys.indexOf(column.name);
  const kind = at === 0 ? 'partition_key' : at > 0 ? 'clustering' : 'regular';
  return { name: column.name, type: column.type, kind, position: at < 0 ? -1 : 0 };
}

function systemKeyspaceRows(): readonly Row[] {
  const local = { class: 'org.apache.cassandra.locator.LocalStrategy' };
  const simple = (factor: number) => ({
    class: 'org.apache.cassandra.locator.SimpleStrategy',
    replication_factor: String(factor),
  });
  const all = {
    system_auth: simple(1),
    system_schema: local,
    system_distributed: simple(3),
    system: local,
    system_traces: simple(2),
  };
  return Object.entries(all).map(([keyspace_name, replication]) => ({
    keyspace_name,
    durable_writes: true,
    replication,
  }));
}

function keyspaceRow({ name, factors }: ModelKeyspace): Row {
  const replication = {
    class: replicationClass,
    ...Object.fromEntries([...factors].map(([dataCenter, factor]) => [dataCenter, String(factor)])),
  };
  return { keyspace_name: name, durable_writes: true, replication };
}

/** The columns of 5.0's system_schema.tables. */
function tableRow({ keyspace, name, id }: ModelTable): Row {
  return {
    keyspace_name: keyspace,
    table_name: name,
    ...optionColumns,
    flags: ['compound'],
    gc_grace_seconds: 864000,
    id,
    ...lastColumns,
  };
}

function viewRow(view: ModelTable, tables: ReadonlyMap<string, ModelTable>): Row {
  const base = tables.get(`${view.keyspace}.${view.base}`);
  return {
    keyspace_name: view.keyspace,
    view_name: view.name,
    ...optionColumns,
    base_table_id: base?.id,
    base_table_name: view.base,
    gc_grace_seconds: 864000,
    id: view.id,
    include_all_columns: true,
    ...lastColumns,
    where_clause: view.columns
      .filter(({ kind }) => kind !== 'regular')
      .map(({ name }) => `${name} IS NOT NULL`)
      .join(' AND '),
  };
}

const optionColumns: Row = {
  additional_write_policy: '99p',
  allow_auto_snapshot: null,
  bloom_filter_fp_chance: 0.01,
  caching: { keys: 'ALL', rows_per_partition: 'NONE' },
  cdc: null,
  comment: '',
  compaction: {
    class: 'org.apache.cassandra.db.compaction.SizeTieredCompactionStrategy',
    max_threshold: '32',
    min_threshold: '4',
  },
  compression: { chunk_length_in_kb: '16', class: 'org.apache.cassandra.io.compress.LZ4Compressor' },
  crc_check_chance: 1.0,
  dclocal_read_repair_chance: 0.0,
  default_time_to_live: 0,
  extensions: {},
};

const lastColumns: Row = {
  incremental_backups: null,
  max_index_interval: 2048,
  memtable: null,
  memtable_flush_period_in_ms: 0,
  min_index_interval: 128,
  read_repair: 'BLOCKING',
  read_repair_chance: 0.0,
  speculative_retry: '99p',
};

function columnRows({ keyspace, name, columns }: ModelTable): readonly Row[] {
  return columns.map((column) => ({
    keyspace_name: keyspace,
    table_name: name,
    column_name: column.name,
    clustering_order: column.kind === 'clustering' ? 'asc' : 'none',
    column_name_bytes: `0x${Buffer.from(column.name).toString('hex')}`,
    kind: column.kind,
    position: column.position,
    type: column.type,
  }));
}

export function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `3${hex.slice(13, 16)}`,
    `9${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
