import { createHash, randomUUID } from 'node:crypto';
import { createFaultQueue, type FaultQueue } from '../embedded/faults.ts';
import type { ModelTable } from './cql-text.ts';
import type { ModelNode } from './node.ts';
import { createModelSchema, type ModelSchema } from './schema.ts';
import { atOnce } from './steps.ts';

/** A node as the ring knows it. */
export interface ModelMember {
  readonly pod: string;
  readonly address: string;
  readonly hostId: string;
  tokens: readonly string[];
  readonly dataCenter: string;
  readonly rack: string;
  state: 'normal' | 'joining' | 'leaving' | 'moving';
  /** False: the process is down; its pod is not ready, its tools can't connect. */
  isUp: boolean;
  /** Differs from the ring's where a node stays behind. */
  schemaVersion?: string;
  readonly disk: ModelNode;
  /** As `nodetool status` prints it. */
  readonly load: string;
  /** Tables, as `keyspace.table`, of which automatic compaction is off. */
  readonly compactionOff: Set<string>;
}

export interface ToolCall {
  readonly pod: string;
  readonly tool: 'nodetool' | 'cqlsh';
  readonly args: readonly string[];
}

export interface ToolFault {
  readonly match: (call: ToolCall) => boolean;
  readonly kind: /** No answer, ever. */
    | 'hang'
    /** `text` before all else on both streams. */
    | 'noise'
    /** Does nothing, says `text` on stderr and ends with 0. */
    | 'lie'
    /** Does nothing, says `text` on stderr and ends with 1. */
    | 'fail'
    /** `run` before the call. */
    | 'before'
    /** `run` after the call. */
    | 'after';
  readonly text?: string;
  readonly run?: () => void | Promise<void>;
  readonly times?: number;
}

export interface ModelRing {
  readonly clusterName: string;
  readonly schema: ModelSchema;
  readonly members: readonly ModelMember[];
  /** Those that have left, too: their files stay. */
  readonly everyMember: ReadonlySet<ModelMember>;
  readonly faults: FaultQueue<ToolCall, ToolFault>;
  member(pod: string): ModelMember;
  /** Keeps what the ring was when a snapshot of this name was last taken on any node. */
  noteSnapshot(name: string): void;
  stateAt(snapshot: string): RingState | undefined;
  add(member: ModelMember): void;
  /** As after a decommission: gone from the ring, its files stay. */
  remove(pod: string): void;
  /** A row, to its replicas and the table's views. */
  insert(keyspace: string, table: string, key: string, value: string): void;
  /** Rows of a table on all its replicas; key to value. */
  rows(keyspace: string, table: string): ReadonlyMap<string, string>;
  table(keyspace: string, name: string): ModelTable;
  /** With its views; a snapshot of its own first. */
  truncate(table: ModelTable): void;
  drop(tables: readonly ModelTable[]): void;
}

/** What a backup has to say of the ring and its schema. */
export interface RingState {
  readonly members: ReadonlyArray<
    Pick<ModelMember, 'pod' | 'hostId' | 'address' | 'dataCenter' | 'rack' | 'tokens' | 'isUp'>
  >;
  readonly tables: readonly ModelTable[];
  /** What DESC prints, by keyspace. */
  readonly descriptions: ReadonlyMap<string, string>;
}

export function createModelRing(clusterName: string): ModelRing {
  const schema = createModelSchema();
  const members: ModelMember[] = [];
  const everyMember = new Set<ModelMember>();
  const states = new Map<string, RingState>();
  let timestamp = 0;

  function replicasOf(keyspace: string, key: string): readonly ModelMember[] {
    const factors = schema.keyspaces.get(keyspace)?.factors ?? new Map<string, number>();
    const token = createHash('sha256').update(key).digest().readBigInt64BE();
    const owners = members
      .filter(({ state }) => state !== 'joining')
      .flatMap((member) => member.tokens.map((each) => ({ token: BigInt(each), member })))
      .toSorted((a, b) => (a.token < b.token ? -1 : 1));
    const from = owners.findIndex((owner) => owner.token >= token);
    const walk = [...owners.slice(Math.max(from, 0)), ...owners.slice(0, Math.max(from, 0))];
    return [...factors].flatMap(([dataCenter, factor]) =>
      [
        ...new Set(walk.map(({ member }) => member).filter((member) => member.dataCenter === dataCenter)),
      ].slice(0, factor),
    );
  }

  function tableOf(keyspace: string, name: string): ModelTable {
    const table = schema.tables.get(`${keyspace}.${name}`);
    if (!table) throw new Error(`There is no table ${keyspace}.${name}`);
    return table;
  }

  const viewsOf = ({ keyspace, name }: ModelTable) =>
    schema.tablesOf(keyspace).filter(({ base }) => base === name);

  return {
    clusterName,
    schema,
    members,
    everyMember,
    faults: createFaultQueue(),
    noteSnapshot: (name) =>
      void states.set(name, {
        members: members.map((member) => ({ ...member })),
        tables: [...schema.tables.values()],
        descriptions: new Map(
          [...schema.keyspaces.keys()].map((keyspace) => [keyspace, schema.describe(keyspace) ?? '']),
        ),
      }),
    stateAt: (snapshot) => states.get(snapshot),
    member: (pod) => {
      const found = members.find((each) => each.pod === pod);
      if (!found) throw new Error(`There is no member ${pod}`);
      return found;
    },
    add: (member) => {
      members.push(member);
      everyMember.add(member);
    },
    remove: (pod) => {
      members.splice(
        members.findIndex((member) => member.pod === pod),
        1,
      );
    },
    insert: (keyspace, name, key, value) => {
      const table = tableOf(keyspace, name);
      timestamp++;
      for (const { disk } of replicasOf(keyspace, key)) disk.write(table, { key, value, timestamp });
      for (const view of viewsOf(table)) {
        for (const { disk } of replicasOf(keyspace, value))
          disk.write(view, { key: JSON.stringify([value, key]), value: '', timestamp });
      }
    },
    rows: (keyspace, name) => {
      const table = tableOf(keyspace, name);
      return new Map(
        members.flatMap(({ disk }) => [...disk.rows(table)]).toSorted(([a], [b]) => (a < b ? -1 : 1)),
      );
    },
    table: tableOf,
    truncate: (table) => {
      for (const each of [table, ...viewsOf(table)]) {
        for (const { disk } of members) {
          // Of views Cassandra takes no snapshot of its own (measured with 5.0.9).
          if (each === table) atOnce(disk.snapshot(`truncated-${Date.now()}-${each.name}`, [each]));
          disk.truncate(each);
        }
      }
    },
    drop: (tables) => {
      for (const table of tables) {
        for (const { disk } of members) {
          atOnce(disk.snapshot(`dropped-${Date.now()}-${table.name}`, [table]));
          disk.forget(table);
        }
      }
    },
  };
}

export function newMember(
  parts: Pick<ModelMember, 'pod' | 'address' | 'tokens' | 'disk'> & Partial<ModelMember>,
): ModelMember {
  return {
    hostId: randomUUID(),
    dataCenter: 'dc1',
    rack: 'r1',
    state: 'normal',
    isUp: true,
    load: '157.2 KiB',
    compactionOff: new Set(),
    ...parts,
  };
}
