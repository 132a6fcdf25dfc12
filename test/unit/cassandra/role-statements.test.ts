import { expect } from 'chai';
import { planRoles, resourceName } from '../../../src/cassandra/role-statements.ts';

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

describe('statements that make roles', () => {
  it('make those that are missing with their hashes, then memberships, then permissions', () => {
    const plan = planRoles(rows, new Set(['cassandra']));

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
