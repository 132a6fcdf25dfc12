import { expect } from 'chai';
import type { ScriptCall } from '../../../../src/cassandra/pod-tools.ts';
import { planRoles } from '../../../../src/cassandra/role-statements.ts';
import {
  describeRoles,
  isResourceThere,
  restoreRoles,
} from '../../../../src/commands/restore/restore-roles.ts';
import type { RestoreRun } from '../../../../src/commands/restore/restore-run.ts';
import { cqlshRows } from '../../../support/cqlsh-rows.ts';
import { rejection } from '../../../support/error-code.ts';
import { recordLog } from '../../../support/recording-log.ts';

const rows = [
  { table: 'roles', row: { role: 'app', can_login: true, is_superuser: false } },
  { table: 'role_permissions', row: { role: 'app', resource: 'data/shop/users', permissions: ['SELECT'] } },
  { table: 'role_permissions', row: { role: 'app', resource: 'data/other', permissions: ['SELECT'] } },
];
const plan = planRoles(rows, { roles: new Set(), dataCenters: new Set(['dc1']) });

/** Of which cqlsh ends with 0, whatever came of the statements. */
function runWith(permissions: readonly object[], roles = [{ role: 'app' }]): RestoreRun {
  const text = [
    cqlshRows(roles),
    cqlshRows([]),
    cqlshRows(permissions),
    cqlshRows([{ keyspace_name: 'shop' }]),
    cqlshRows([{ keyspace_name: 'shop', table_name: 'users' }]),
  ].join('');
  const tools = {
    run: async (_: unknown, { purpose }: ScriptCall) =>
      new Map([purpose === 'Reading the roles' ? ['roles', [text]] : ['done', ['']]]),
  };
  return {
    access: { tools },
    survey: { nodes: [{ pod: { name: 'c-0' } }] },
    context: { log: recordLog() },
    signal: new AbortController().signal,
  } as unknown as RestoreRun;
}

describe('roles that are restored', () => {
  it('are proven by what is read back; what is about nothing that is there is told', async () => {
    const run = runWith([{ role: 'app', resource: 'data/shop/users', permissions: ['SELECT', 'MODIFY'] }]);

    const restored = await restoreRoles(run, plan);

    expect(describeRoles(restored)).to.deep.equal([
      'Roles: 1 made',
      'Not granted, since it is not there:',
      '  GRANT SELECT ON KEYSPACE other TO app',
      'Not in any backup: CIDR groups and permissions (Cassandra 5.0).',
    ]);
  });

  it('are not restored where a right is missing on what is there', async () => {
    const error = await rejection(restoreRoles(runWith([]), plan), 'CAIN_RESTORE_UNPROVEN');

    expect(error.message).to.equal('Rights were not granted: GRANT SELECT ON TABLE shop.users TO app');
  });

  it('are not restored where one was not made', async () => {
    const error = await rejection(restoreRoles(runWith([], []), plan), 'CAIN_RESTORE_UNPROVEN');

    expect(error.message).to.equal('Roles were not made: app');
  });

  for (const [resource, isThere] of [
    ['data', true],
    ['data/shop', true],
    ['data/shop/*', true],
    ['data/gone/*', false],
    ['data/shop/gone', false],
    ['functions/gone', false],
    ['roles/app', true],
    ['roles/gone', false],
    ['mbean', true],
  ] as const) {
    it(`${isThere ? 'find' : 'miss'} ${resource}`, () => {
      const there = {
        roles: new Set(['app']),
        keyspaces: new Set(['shop']),
        tables: new Set(['shop.users']),
      };

      expect(isResourceThere(resource, there)).to.equal(isThere);
    });
  }
});
