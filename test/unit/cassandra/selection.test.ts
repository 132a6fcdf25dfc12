import { expect } from 'chai';
import { isSystemKeyspace, selectKeyspaces, selectTables } from '../../../src/cassandra/selection.ts';

const all = ['system', 'system_auth', 'shop', 'shop_old', 'Shop', 'other', 'system_of_record'];

describe('selectKeyspaces', () => {
  const selectedBy = (...patterns: string[]): readonly string[] => selectKeyspaces(all, patterns).selected;
  const unmatchedBy = (...patterns: string[]): readonly string[] => selectKeyspaces(all, patterns).unmatched;

  it("takes all but Cassandra's own when nothing is asked", () => {
    expect(selectedBy()).to.deep.equal(['shop', 'shop_old', 'Shop', 'other', 'system_of_record']);
  });

  it('takes what any pattern fits, in the given order', () => {
    expect(selectedBy('shop*')).to.deep.equal(['shop', 'shop_old']);
    expect(selectedBy('other', '?hop')).to.deep.equal(['shop', 'Shop', 'other']);
    expect(selectedBy('*')).to.deep.equal(['shop', 'shop_old', 'Shop', 'other', 'system_of_record']);
  });

  it('leaves out what a "!" names, wherever it stands', () => {
    expect(selectedBy('!*_old', 'shop*')).to.deep.equal(['shop']);
    expect(selectedBy('!shop')).to.deep.equal(['shop_old', 'Shop', 'other', 'system_of_record']);
  });

  it('takes a system keyspace only by its exact name', () => {
    expect(selectedBy('system*')).to.deep.equal(['system_of_record']);
    expect(selectedBy('system_auth')).to.deep.equal(['system_auth']);
    expect(selectedBy('system_auth', '*')).to.include('system_auth').and.not.include('system');
    expect(selectedBy('system_auth', 'shop', '!system_auth')).to.deep.equal(['shop']);
  });

  it('leaves out what a restore made for itself', () => {
    const left = ['shop', 'cain_rehearsal', 'cain_drill_shop'];

    expect(selectKeyspaces(left, []).selected).to.deep.equal(['shop']);
    expect(selectKeyspaces(left, ['*']).selected).to.deep.equal(['shop']);
    expect(selectKeyspaces(left, ['cain_drill_shop']).selected).to.deep.equal(['cain_drill_shop']);
  });

  it('reports patterns that fit nothing', () => {
    expect(unmatchedBy('shop', 'shpo', '!nosuch*', 'SYSTEM', 'system?auth')).to.deep.equal([
      'shpo',
      '!nosuch*',
      'SYSTEM',
      'system?auth',
    ]);
    expect(unmatchedBy('*', '!shop', 'system_auth')).to.deep.equal([]);
  });

  it('takes other signs for themselves', () => {
    expect(selectKeyspaces(['a.b', 'axb', 'a+'], ['a.b', 'a+']).selected).to.deep.equal(['a.b', 'a+']);
  });
});

describe('selectTables', () => {
  const tables = [
    { keyspace: 'shop', table: 'users' },
    { keyspace: 'shop', table: 'orders' },
    { keyspace: 'other', table: 'users' },
    { keyspace: 'system_auth', table: 'roles' },
  ];
  const selectedBy = (...patterns: string[]): string[] =>
    selectTables(tables, patterns).selected.map(({ keyspace, table }) => `${keyspace}.${table}`);

  it("takes all but Cassandra's own when nothing is asked", () => {
    expect(selectedBy()).to.deep.equal(['shop.users', 'shop.orders', 'other.users']);
  });

  it('takes and leaves out by keyspace and table', () => {
    expect(selectedBy('shop.*')).to.deep.equal(['shop.users', 'shop.orders']);
    expect(selectedBy('*.users', '!other.*')).to.deep.equal(['shop.users']);
    expect(selectedBy('!*.orders')).to.deep.equal(['shop.users', 'other.users']);
  });

  it('takes tables of a system keyspace only by its exact name', () => {
    expect(selectedBy('*.roles')).to.deep.equal([]);
    expect(selectedBy('system_auth.r*')).to.deep.equal(['system_auth.roles']);
  });

  it('reports patterns that fit nothing, and those without a keyspace', () => {
    expect(selectTables(tables, ['users', 'shop.user', '*.users', '!*.roles']).unmatched).to.deep.equal([
      'users',
      'shop.user',
      '!*.roles',
    ]);
  });
});

describe('isSystemKeyspace', () => {
  it('knows them by name, not by how they begin', () => {
    expect(['system', 'system_schema', 'system_views', 'dse_system'].every(isSystemKeyspace)).to.equal(true);
    expect(['system_of_record', 'System', 'shop'].some(isSystemKeyspace)).to.equal(false);
  });
});
