import { expect } from 'chai';
import { chooseTables } from '../../../../src/commands/restore/choose-tables.ts';
import { CainError } from '../../../../src/errors.ts';
import { keyspaceRecord, tableRecord, viewRecord } from './records.ts';

const records = [
  keyspaceRecord('shop'),
  tableRecord('shop', 'visits'),
  viewRecord('shop', 'by_city', 'visits'),
  tableRecord('shop', 'users'),
  keyspaceRecord('log'),
  tableRecord('log', 'visits'),
  keyspaceRecord('empty'),
];

function choose(keyspaces: readonly string[], tables: readonly string[] = []) {
  return chooseTables(records, { keyspaces, tables }, '20260101000000');
}

function namesOf(chosen: ReturnType<typeof choose>): string[] {
  return chosen.groups.map(({ keyspace, base, views }) => `${keyspace}.${base.table}+${views.length}`);
}

describe('choice of tables', () => {
  it('takes everything by default, views with their tables, and keyspaces without tables', () => {
    const chosen = choose([]);

    expect(namesOf(chosen)).to.deep.equal(['log.visits+0', 'shop.users+0', 'shop.visits+1']);
    expect(chosen.keyspaces.map(({ keyspace }) => keyspace)).to.deep.equal(['shop', 'log', 'empty']);
    expect(chosen.isPartial).to.equal(false);
  });

  it('takes the views of a table that is chosen by name', () => {
    const chosen = choose([], ['shop.visits']);

    expect(namesOf(chosen)).to.deep.equal(['shop.visits+1']);
    expect(chosen.isPartial).to.equal(true);
  });

  it('looks for tables in the chosen keyspaces alone', () => {
    expect(namesOf(choose(['shop'], ['*.visits']))).to.deep.equal(['shop.visits+1']);
  });

  for (const [what, keyspaces, tables, text] of [
    ['a keyspace that is not in the backup', ['shp'], [], 'shp'],
    ['a table that is not in the backup', ['shop'], ['shop.usrs'], 'shop.usrs'],
    ['a table of a keyspace that is not chosen', ['shop'], ['log.visits'], 'log.visits'],
    ['a view without its table', ['shop'], ['shop.by_city'], 'is a view of shop.visits'],
  ] as const) {
    it(`refuses ${what}`, () => {
      expect(() => choose(keyspaces, tables))
        .to.throw(CainError, text)
        .with.property('code', 'CAIN_NO_BACKUP');
    });
  }
});
