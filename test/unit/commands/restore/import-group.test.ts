import { expect } from 'chai';
import { importLimitMs } from '../../../../src/commands/restore/import-group.ts';
import type { ImportNode } from '../../../../src/commands/restore/restore-plan.ts';

const users = { keyspace: 'shop', table: 'users' };
const nodeWith = (bytes: number) =>
  ({ files: new Map([['shop.users', { bytes }]]) }) as unknown as Pick<ImportNode, 'files'>;

describe('import of a group', () => {
  it('may take the longer the more there is to read', () => {
    const halfAnHourMs = 30 * 60_000;

    expect(importLimitMs(nodeWith(0), users, halfAnHourMs)).to.equal(halfAnHourMs);
    expect(importLimitMs(nodeWith(300e9), users, halfAnHourMs)).to.equal(halfAnHourMs + 60_000_000);
    expect(importLimitMs(nodeWith(1), { ...users, table: 'none' }, halfAnHourMs)).to.equal(halfAnHourMs);
  });
});
