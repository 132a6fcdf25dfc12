import { expect } from 'chai';
import { isResourceThere, takesPermissions } from '../../../../src/commands/restore/current-roles.ts';

describe('current roles', () => {
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

  for (const [what, rows, takes] of [
    ['by its name', [{ name: 'authorizer', value: 'AllowAllAuthorizer' }], false],
    ['by its class in 5.0', [{ name: 'authorizer.class_name', value: 'a.b.AllowAllAuthorizer' }], false],
    ['that is not set', [{ name: 'authorizer', value: null }], false],
    ['that keeps rights', [{ name: 'authorizer', value: 'CassandraAuthorizer' }], true],
    ['that is not told', [{ name: 'network_authorizer', value: 'AllowAllNetworkAuthorizer' }], true],
  ] as const) {
    it(`know an authorizer ${what}`, () => {
      expect(takesPermissions(rows)).to.equal(takes);
    });
  }
});
