import { expect } from 'chai';
import type { PodTools } from '../../../../src/cassandra/pod-tools.ts';
import { schemaStatements } from '../../../../src/cassandra/schema.ts';
import { checkSchemaSince } from '../../../../src/commands/restore/check-schema-since.ts';
import type { RestoreGroup } from '../../../../src/commands/restore/restore-plan.ts';
import type { RestoreRun } from '../../../../src/commands/restore/restore-run.ts';
import { cqlshRows } from '../../../support/cqlsh-rows.ts';
import { rejection } from '../../../support/error-code.ts';

const id = '01234567-89ab-cdef-0123-456789abcdef';
const otherId = id.replace('0', 'f');
const group = {
  keyspace: 'shop',
  tables: [{ keyspace: 'shop', table: 'users', liveId: id.replaceAll('-', '') }],
  rebuiltViews: [{ keyspace: 'shop', table: 'users', view: 'rebuilt', statement: '' }],
} as unknown as RestoreGroup;

/** The guard of a restore that was planned at 0, in a cluster with these tables and views; `at` sets its clock. */
function guard(tables: Readonly<Record<string, string>>, views: readonly string[] = []) {
  const seen = { looks: 0, at: 0 };
  const rows: Readonly<Record<string, readonly object[]>> = {
    keyspaces: [{ keyspace_name: 'shop', replication: {} }],
    tables: Object.entries(tables).map(([name, table]) => ({
      keyspace_name: 'shop',
      table_name: name,
      id: table,
    })),
    views: views.map((name) => ({
      keyspace_name: 'shop',
      view_name: name,
      id: otherId,
      base_table_name: 'users',
    })),
  };
  const rowsOf = (statement: string) => rows[/system_schema\.(\w+)/.exec(statement)?.[1] ?? ''] ?? [];
  const tools: PodTools = {
    async run() {
      seen.looks++;
      return new Map([['schema', [schemaStatements.map((each) => cqlshRows(rowsOf(each))).join('')]]]);
    },
  };
  const run = {
    access: { tools },
    survey: { nodes: [{ pod: { name: 'pod-0' } }] },
    signal: new AbortController().signal,
  } as unknown as RestoreRun;
  return { check: checkSchemaSince(run, () => seen.at), seen };
}

describe('the schema since the plan', () => {
  it('is looked at once a minute, and not right after the plan', async () => {
    const { check, seen } = guard({ users: id }, ['rebuilt']);
    const looks: number[] = [];
    for (const at of [0, 59_999, 60_000, 100_000, 120_000]) {
      seen.at = at;
      await check(group);
      looks.push(seen.looks);
    }

    expect(looks).to.deep.equal([0, 0, 1, 1, 2]);
  });

  for (const [what, tables, views] of [
    ['shop.users was dropped', {}, []],
    ['shop.users was dropped and created again', { users: otherId }, []],
    ['view shop.by_name was made', { users: id }, ['rebuilt', 'by_name']],
  ] as const) {
    it(`stops the restore before a TRUNCATE where ${what}`, async () => {
      const { check, seen } = guard(tables, views);
      seen.at = 3_600_000;

      const error = await rejection(check(group), 'CAIN_RESTORE_SCHEMA');
      expect(error.message).to.contain(what);
    });
  }
});
