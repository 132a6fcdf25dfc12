import { expect } from 'chai';
import { hasTableRight, parseOwnRights } from '../../../src/cassandra/own-rights.ts';

/** As cqlsh of 5.0.9 prints it. */
function output(isSuper: 'True' | 'False'): string {
  return `WARNING: cqlsh was built against 5.0.0, but this server is 5.0.9.  All features may not work!

 role      | super | login | options | datacenters
-----------+-------+-------+---------+-------------
       app | False |  True |        {} |         ALL
   readers | ${isSuper.padStart(5)} | False |        {} |         ALL

(2 rows)

 role    | username | resource            | permission
---------+----------+---------------------+------------
     app |      app | <table shop.Orders> |     MODIFY
 readers |  readers |        <keyspace k> |     SELECT
 readers |  readers |   <all tables in k> |     MODIFY

(3 rows)
`;
}

describe('own rights', () => {
  const rights = parseOwnRights(output('False'));

  it('are those of the role and of all roles that it has', () => {
    expect(rights).to.deep.equal({
      isSuperuser: false,
      granted: new Set(['MODIFY <table shop.Orders>', 'SELECT <keyspace k>', 'MODIFY <all tables in k>']),
    });
    expect(parseOwnRights(output('True')).isSuperuser).to.equal(true);
  });

  for (const [right, keyspace, table, has] of [
    ['MODIFY', 'shop', 'Orders', true],
    ['MODIFY', 'shop', 'users', false],
    ['ALTER', 'shop', 'Orders', false],
    ['SELECT', 'k', 't', true],
    ['MODIFY', 'k', 't', true],
  ] as const) {
    it(`${has ? 'allow' : 'do not allow'} ${right} on ${keyspace}.${table}`, () => {
      expect(hasTableRight(rights, right, { keyspace, table })).to.equal(has);
    });
  }

  it('allow a superuser everything', () => {
    const all = { isSuperuser: true, granted: new Set<string>() };

    expect(hasTableRight(all, 'MODIFY', { keyspace: 'a', table: 'b' })).to.equal(true);
  });
});
