import { expect } from 'chai';
import { describeKeyspaces, descriptionStatement } from '../../../src/cassandra/descriptions.ts';
import type { PodTools } from '../../../src/cassandra/pod-tools.ts';
import { readSchema } from '../../../src/cassandra/schema.ts';
import { cqlshRows } from '../../support/cqlsh-rows.ts';
import { rejection } from '../../support/error-code.ts';

const { signal } = new AbortController();
const pod = { namespace: 'n', name: 'pod-0', container: 'cassandra', uid: 'u', isReady: true };
const column = { keyspace_name: 'shop', kind: 'regular', position: -1, type: 'int' };

/** By the names of system_schema's tables, in the order in which they are asked. */
function tables() {
  return {
    keyspaces: [{ keyspace_name: 'shop', replication: { class: 'x', dc1: '3' } }],
    tables: [{ keyspace_name: 'shop', table_name: 'users', id: 'id-1' }],
    views: [{ keyspace_name: 'shop', view_name: 'by_name', base_table_name: 'users', id: 'id-2' }],
    columns: [
      { ...column, table_name: 'users', column_name: 'a' },
      { ...column, table_name: 'by_name', column_name: 'b' },
    ],
    types: [{ keyspace_name: 'shop', type_name: 'place' }],
    indexes: [{ keyspace_name: 'shop', table_name: 'users', index_name: 'i' }],
    functions: [{ keyspace_name: 'shop', function_name: 'f' }],
    aggregates: [{ keyspace_name: 'shop', aggregate_name: 'g' }],
    dropped_columns: [{ keyspace_name: 'shop', table_name: 'users', column_name: 'c' }],
    triggers: [{ keyspace_name: 'shop', table_name: 'users', trigger_name: 't' }],
  };
}

function read(world: Record<string, readonly object[]>) {
  const text = Object.values(world).map(cqlshRows).join('');
  const tools: PodTools = { run: async () => new Map([['schema', [text]]]) };
  return readSchema(tools, pod, signal);
}

describe('readSchema', () => {
  it('gives tables and views with ids and columns', async () => {
    const { keyspaces } = await read(tables());

    expect(keyspaces).to.deep.equal([
      {
        name: 'shop',
        replication: { class: 'x', dc1: '3' },
        tables: [
          {
            keyspace: 'shop',
            name: 'users',
            id: 'id-1',
            kind: 'table',
            columns: [{ name: 'a', kind: 'regular', position: -1, type: 'int' }],
          },
          {
            keyspace: 'shop',
            name: 'by_name',
            id: 'id-2',
            kind: 'view',
            baseTable: 'users',
            columns: [{ name: 'b', kind: 'regular', position: -1, type: 'int' }],
          },
        ],
      },
    ]);
  });

  it('has another fingerprint for every change, whatever changes, and the same in another order', async () => {
    const { fingerprint } = await read(tables());
    const reordered = { ...tables(), columns: tables().columns.toReversed() };
    expect((await read(reordered)).fingerprint).to.equal(fingerprint);

    for (const name of Object.keys(tables()) as Array<keyof ReturnType<typeof tables>>) {
      const [first, ...others] = tables()[name];
      const changed = { ...tables(), [name]: [{ ...first, more: 1 }, ...others] };
      expect((await read(changed)).fingerprint, name).to.not.equal(fingerprint);
    }
  });

  it('refuses output that lacks one of the tables', async () => {
    const { triggers: _, ...rest } = tables();

    await rejection(read(rest), 'CAIN_OUTPUT_UNREADABLE');
  });
});

describe('describeKeyspaces', () => {
  it('gives the text of each keyspace as it was printed, by its own name', async () => {
    const statements: string[] = [];
    const texts = ['CREATE KEYSPACE a\n', '\nCREATE KEYSPACE "B"\n\n'];
    const tools: PodTools = {
      async run(_, { args = [] }) {
        statements.push(...args);
        return new Map([['description', texts]]);
      },
    };

    const described = await describeKeyspaces(tools, pod, ['a', 'B'], signal);

    expect(statements).to.deep.equal(['DESC a;', 'DESC "B";']);
    expect(described.map(({ keyspace, text }) => [keyspace, Buffer.from(text).toString()])).to.deep.equal([
      ['a', texts[0]],
      ['B', texts[1]],
    ]);
  });

  it('puts in quotes what DESC takes for a word of its own, and nothing else that needs none', () => {
    const statements = ['cluster', 'tables', 'type', 'shop', 'B', 'select'].map(descriptionStatement);

    expect(statements.join(' ')).to.equal(
      'DESC "cluster"; DESC "tables"; DESC "type"; DESC shop; DESC "B"; DESC "select";',
    );
  });

  it('never gives one keyspace the text of another', async () => {
    const tools: PodTools = { run: async () => new Map([['description', ['only one']]]) };

    await rejection(describeKeyspaces(tools, pod, ['a', 'b'], signal), 'CAIN_OUTPUT_UNREADABLE');
  });

  it('takes nothing for a description but what begins by creating that keyspace', async () => {
    const describe = async (text: string): Promise<unknown> => {
      const tools: PodTools = { run: async () => new Map([['description', [text]]]) };
      return await describeKeyspaces(tools, pod, ['shop'], signal);
    };
    const warning = 'WARNING: cqlsh was built against 5.0.0, but this server is 5.0.9.\n\n';

    await describe(`${warning}CREATE KEYSPACE shop WITH replication = {};\n`);
    for (const text of [
      '',
      warning,
      'WARN  [main] something\n\nCREATE KEYSPACE shop WITH x;',
      'CREATE KEYSPACE shop1 WITH x;',
    ])
      await rejection(describe(text), 'CAIN_OUTPUT_UNREADABLE');
  });
});
