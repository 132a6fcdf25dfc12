import { expect } from 'chai';
import { chooseTables } from '../../../../src/commands/restore/choose-tables.ts';
import { graceWarnings } from '../../../../src/commands/restore/grace-warnings.ts';
import { type LiveSchema, statementsOf } from '../../../../src/commands/restore/live-schema.ts';
import { keyspaceRecord, tableRecord } from './records.ts';

const tag = '20260101000000';
const names = Array.from({ length: 25 }, (_, index) => `t${index}`);

function warn(days: number, { tables = ['users'], live = '', spread = [] as string[] } = {}) {
  const chosen = chooseTables(
    [keyspaceRecord('shop'), ...tables.map((table) => tableRecord('shop', table))],
    { keyspaces: [], tables: [] },
    'tag',
  );
  const schema: LiveSchema = {
    keyspaces: new Map(),
    statements: new Map([['shop', statementsOf(live)]]),
    droppedColumns: new Map(),
  };
  return graceWarnings(chosen, schema, {
    tag,
    now: new Date(Date.UTC(2026, 0, 1 + days)),
    spread: new Set(spread),
  });
}

describe('warnings of deleted rows', () => {
  it('name the statements where the backup is older than gc_grace_seconds', () => {
    expect(warn(9)).to.deep.equal([]);
    expect(warn(10)).to.have.length(2);
    expect(warn(10)[1]).to.equal(
      '- ALTER TABLE shop.users WITH gc_grace_seconds = 1728000; -- and after the repair 864000',
    );
  });

  it('go by the table as it is now', () => {
    const live = 'CREATE TABLE shop.users (id int PRIMARY KEY) WITH gc_grace_seconds = 3600;';

    expect(warn(1, { live })[1]).to.equal(
      '- ALTER TABLE shop.users WITH gc_grace_seconds = 950400; -- and after the repair 3600',
    );
  });

  it('are not needed where every owner gets the files of all replicas', () => {
    expect(warn(30, { spread: ['shop'] })).to.deep.equal([]);
  });

  it('end after twenty tables', () => {
    expect(warn(30, { tables: names })).to.have.length(22);
    expect(warn(30, { tables: names }).at(-1)).to.equal('- and 5 more');
  });
});
