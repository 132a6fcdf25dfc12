import { expect } from 'chai';
import { expiryStatements, rowsExpire } from '../../../src/cassandra/expiry.ts';
import type { PodTools } from '../../../src/cassandra/pod-tools.ts';
import type { SchemaTable } from '../../../src/cassandra/schema.ts';
import type { CassandraPod } from '../../../src/kubernetes/pods.ts';
import { cqlshRows } from '../../support/cqlsh-rows.ts';

const column = (name: string, type: string, kind = 'regular') => ({ name, type, kind, position: -1 });
const table: SchemaTable = {
  keyspace: 'shop',
  name: 'Hits',
  id: 'x',
  kind: 'table',
  columns: [
    column('id', 'int', 'partition_key'),
    column('at', 'timestamp'),
    column('Tags', 'set<text>'),
    column('Home', 'frozen<address>', 'static'),
    column('place', 'address'),
    column('n', 'counter'),
  ],
};

function toolsThat(...answers: readonly object[]): PodTools {
  const text = answers.map((row) => cqlshRows([row])).join('');
  return { run: async () => new Map([['expiry', [text]]]) };
}

async function expire(...answers: readonly object[]): Promise<boolean> {
  const { signal } = new AbortController();
  return await rowsExpire(toolsThat(...answers), { name: 'c-0' } as CassandraPod, table, signal);
}

describe('rows that expire', () => {
  it('are looked for where CQL tells a TTL', () => {
    expect(expiryStatements(table)).to.deep.equal([
      "SELECT JSON default_time_to_live FROM system_schema.tables WHERE keyspace_name = 'shop' AND table_name = 'Hits';",
      'SELECT JSON TTL(at) AS ttl0, TTL("Home") AS ttl1 FROM shop."Hits" LIMIT 100;',
    ]);
    expect(expiryStatements({ ...table, kind: 'view', columns: [] })).to.deep.equal([
      "SELECT JSON default_time_to_live FROM system_schema.views WHERE keyspace_name = 'shop' AND view_name = 'Hits';",
    ]);
  });

  it('are those of a table with a default TTL, or with a TTL in a row', async () => {
    expect(await expire({ default_time_to_live: 60 }, { ttl0: null })).to.equal(true);
    expect(await expire({ default_time_to_live: 0 }, { ttl0: null, ttl1: 5 })).to.equal(true);
    expect(await expire({ default_time_to_live: 0 }, { ttl0: null, ttl1: null })).to.equal(false);
  });
});
