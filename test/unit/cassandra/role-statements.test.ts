import { expect } from 'chai';
import {
  hasItsMember,
  missingGrants,
  planRoles,
  resourceName,
} from '../../../src/cassandra/role-statements.ts';

const rows = [
  { table: 'roles', row: { role: 'cassandra', can_login: true, is_superuser: true, salted_hash: '$2a$old' } },
  { table: 'roles', row: { role: 'App', can_login: true, is_superuser: false, salted_hash: "$2a$it's" } },
  { table: 'roles', row: { role: 'readers', can_login: false, is_superuser: false, salted_hash: null } },
  { table: 'role_members', row: { role: 'readers', member: 'App' } },
  {
    table: 'role_permissions',
    row: { role: 'readers', resource: 'data/shop/users', permissions: ['SELECT', 'MODIFY'] },
  },
  {
    table: 'role_permissions',
    row: { role: 'App', resource: 'functions/shop/f[Int32Type]', permissions: ['EXECUTE'] },
  },
];

const there = {
  roles: new Set(['cassandra']),
  dataCenters: new Set(['dc1', "o'dc"]),
  takesPermissions: true,
};

describe('statements that make roles', () => {
  it('make those that are missing with their hashes, then memberships, then permissions', () => {
    const plan = planRoles(rows, there);

    expect(plan.statements).to.deep.equal([
      `CREATE ROLE IF NOT EXISTS "App" WITH HASHED PASSWORD = '$2a$it''s' AND LOGIN = true AND SUPERUSER = false`,
      'CREATE ROLE IF NOT EXISTS readers WITH LOGIN = false AND SUPERUSER = false',
      'GRANT readers TO "App"',
      'GRANT SELECT ON TABLE shop.users TO readers',
      'GRANT MODIFY ON TABLE shop.users TO readers',
    ]);
    expect(plan.created).to.deep.equal(['App', 'readers']);
    expect(plan.kept).to.deep.equal(['cassandra']);
    expect(plan.skipped).to.deep.equal(['App on functions/shop/f[Int32Type]']);
  });

  it('let a role log in where it might, as far as these data centres are there', () => {
    const limits = [
      { table: 'network_permissions', row: { role: 'App', dcs: ['dc1', "o'dc", 'gone'] } },
      { table: 'network_permissions', row: { role: 'readers', dcs: ['gone'] } },
    ];

    const plan = planRoles([...rows, ...limits], there);

    expect(plan.statements[0]).to.match(/ AND ACCESS TO DATACENTERS \{'dc1', 'o''dc'\}$/);
    expect(plan.lockedOut).to.deep.equal(['readers']);
    const locked = planRoles(
      [...rows, { table: 'network_permissions', row: { role: 'App', dcs: ['gone'] } }],
      there,
    );
    expect(locked.statements[0]).to.match(/ AND LOGIN = false AND SUPERUSER = false$/);
    expect(locked.lockedOut).to.deep.equal(['App']);
  });

  it('are proven by what the tables show afterwards', () => {
    const { grants } = planRoles(rows, there);
    const now = [
      { table: 'role_members', row: { role: 'readers', member: 'App' } },
      {
        table: 'role_permissions',
        row: { role: 'readers', resource: 'data/shop/users', permissions: ['ALTER', 'SELECT'] },
      },
    ];

    expect(missingGrants(grants, now)).to.deep.equal([
      {
        role: 'readers',
        resource: 'data/shop/users',
        permission: 'MODIFY',
        statement: 'GRANT MODIFY ON TABLE shop.users TO readers',
      },
    ]);
    expect(missingGrants(grants, rows)).to.deep.equal([]);
  });

  it('count a membership that is inherited, which Cassandra refuses to grant once more', () => {
    const membership = (role: string, member: string) => ({ table: 'role_members', row: { role, member } });
    const { grants } = planRoles(
      [membership('readers', 'app'), membership('staff', 'app'), membership('app', 'staff')],
      there,
    );
    const now = [membership('staff', 'app'), membership('readers', 'staff'), membership('staff', 'readers')];

    const missing = missingGrants(grants, now);

    expect(missing.map(({ statement }) => statement)).to.deep.equal(['GRANT app TO staff']);
    expect(grants.map((grant) => hasItsMember(grant, now))).to.deep.equal([false, false, true]);
  });

  it('grant no permissions where Cassandra takes none', () => {
    const { statements, grants } = planRoles(rows, { ...there, takesPermissions: false });

    expect(statements).to.have.length(3);
    expect(grants).to.have.length(3);
  });

  for (const [resource, name] of [
    ['data', 'ALL KEYSPACES'],
    ['data/shop', 'KEYSPACE shop'],
    ['data/Shop/*', 'ALL TABLES IN KEYSPACE "Shop"'],
    ['roles', 'ALL ROLES'],
    ['roles/App', 'ROLE "App"'],
    ['functions/shop', 'ALL FUNCTIONS IN KEYSPACE shop'],
    ['mbean', 'ALL MBEANS'],
    ['mbean/org.apache:type=x', undefined],
    ['new/kind', undefined],
  ] as const) {
    it(`names ${resource} ${name ?? 'as nothing that is known'}`, () => {
      expect(resourceName(resource)).to.equal(name);
    });
  }
});
