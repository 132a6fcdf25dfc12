import { expect } from 'chai';
import { droppedColumnsOf } from '../../../src/cassandra/dropped-columns.ts';

const row = {
  keyspace_name: 'shop',
  table_name: 'users',
  column_name: 'prefs',
  dropped_time: '2026-11-22 19:10:27.745Z',
};

describe('dropped columns', () => {
  it('are known with the time of their drop', () => {
    const dropped = droppedColumnsOf([row, { ...row, column_name: 'old' }], 'pod');

    const at = Date.UTC(2026, 10, 22, 19, 10, 27, 745);
    expect(dropped).to.deep.equal(
      new Map([
        [
          'shop.users',
          new Map([
            ['prefs', at],
            ['old', at],
          ]),
        ],
      ]),
    );
  });

  it('may be dropped for ever, as some of Cassandra itself are', () => {
    const forever = { ...row, keyspace_name: 'system', dropped_time: '+294247-01-10 04:00:54.775Z' };

    const dropped = droppedColumnsOf([forever], 'pod');

    expect(dropped.get('system.users')?.get('prefs')).to.be.greaterThan(Date.UTC(9999, 0, 1));
  });

  it('are not read from a time of another form', () => {
    expect(() => droppedColumnsOf([{ ...row, dropped_time: 'yesterday' }], 'pod')).to.throw('"dropped_time"');
  });
});
