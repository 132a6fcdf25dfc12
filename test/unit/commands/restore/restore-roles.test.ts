import { expect } from 'chai';
import type { ScriptCall } from '../../../../src/cassandra/pod-tools.ts';
import { planRoles } from '../../../../src/cassandra/role-statements.ts';
import { describeRoles, restoreRoles } from '../../../../src/commands/restore/restore-roles.ts';
import type { RestoreRun } from '../../../../src/commands/restore/restore-run.ts';
import { cqlshRows } from '../../../support/cqlsh-rows.ts';
import { rejection } from '../../../support/error-code.ts';
import { recordLog } from '../../../support/recording-log.ts';

const rows = [
  { table: 'roles', row: { role: 'app', can_login: true, is_superuser: false } },
  { table: 'role_permissions', row: { role: 'app', resource: 'data/shop/users', permissions: ['SELECT'] } },
  { table: 'role_permissions', row: { role: 'app', resource: 'data/other', permissions: ['SELECT'] } },
];
const empty = { roles: new Set<string>(), dataCenters: new Set(['dc1']), takesPermissions: true };
const plan = planRoles(rows, empty);

interface Found {
  readonly roles?: readonly object[];
  readonly members?: readonly object[];
  readonly authorizer?: string;
}

/** Of which cqlsh ends with 0, whatever came of the statements. */
function runWith(
  permissions: readonly object[],
  { roles = [{ role: 'app' }], members = [], authorizer = 'CassandraAuthorizer' }: Found = {},
): RestoreRun {
  const text = [
    cqlshRows(roles),
    cqlshRows(members),
    cqlshRows(permissions),
    cqlshRows([{ keyspace_name: 'shop' }]),
    cqlshRows([{ keyspace_name: 'shop', table_name: 'users' }]),
    cqlshRows([{ name: 'authorizer', value: authorizer }]),
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
    expect(error.hint).to.contain('under the same id without CAIN_RESTORE_ROLES');
  });

  it('are not restored where one was not made', async () => {
    const error = await rejection(restoreRoles(runWith([], { roles: [] }), plan), 'CAIN_RESTORE_UNPROVEN');

    expect(error.message).to.equal('Roles were not made: app');
  });

  it('need no permissions where the cluster has none', async () => {
    const run = runWith([], { authorizer: 'org.apache.cassandra.auth.AllowAllAuthorizer' });

    const restored = await restoreRoles(run, plan);

    expect(describeRoles(restored)).to.deep.equal([
      'Roles: 1 made',
      'Not granted, since the cluster has no permissions (AllowAllAuthorizer):',
      '  GRANT SELECT ON TABLE shop.users TO app',
      '  GRANT SELECT ON KEYSPACE other TO app',
      'Not in any backup: CIDR groups and permissions (Cassandra 5.0).',
    ]);
  });

  it('need memberships there, too', async () => {
    const membership = { table: 'role_members', row: { role: 'readers', member: 'app' } };
    const roles = [{ role: 'app' }, { role: 'readers' }];
    const run = runWith([], { roles, authorizer: 'AllowAllAuthorizer' });

    const error = await rejection(restoreRoles(run, planRoles([membership], empty)), 'CAIN_RESTORE_UNPROVEN');

    expect(error.message).to.equal('Rights were not granted: GRANT readers TO app');
  });

  it('tell of a membership that is there the other way round', async () => {
    const membership = { table: 'role_members', row: { role: 'readers', member: 'app' } };
    const roles = [{ role: 'app' }, { role: 'readers' }];
    const run = runWith([], { roles, members: [{ role: 'app', member: 'readers' }] });

    const restored = await restoreRoles(run, planRoles([membership], empty));

    expect(describeRoles(restored)).to.include.members([
      'Not granted, since it is there the other way round:',
      '  GRANT readers TO app',
    ]);
  });
});
