import { expect } from 'chai';
import type { PodTools, ScriptCall } from '../../../src/cassandra/pod-tools.ts';
import { areViewsAllowed, createViews, dropViews, waitUntilBuilt } from '../../../src/cassandra/views.ts';
import type { CassandraPod } from '../../../src/kubernetes/pods.ts';

const never = new AbortController().signal;
const pod = { name: 'cassandra-0' } as CassandraPod;
const view = {
  keyspace: 'shop',
  table: 'users',
  view: 'By_name',
  statement: 'CREATE MATERIALIZED VIEW shop."By_name" AS SELECT * FROM shop.users',
};

/** What cqlsh prints of `SELECT JSON`. */
function jsonRows(rows: readonly object[]): string {
  return `\n [json]\n-----\n${rows.map((row) => ` ${JSON.stringify(row)}\n`).join('')}\n(${rows.length} rows)\n`;
}

/** Answers one call after the other; the last answer stays. */
function toolsThatAnswer(section: string, ...answers: readonly string[]) {
  const calls: ScriptCall[] = [];
  const tools: PodTools = {
    async run(_, call) {
      const answer = answers[Math.min(calls.length, answers.length - 1)] ?? '';
      calls.push(call);
      return new Map([[section, [answer]]]);
    },
  };
  return { tools, calls };
}

const textsOf = (calls: readonly ScriptCall[]) =>
  calls.map(({ input }) => Buffer.from(input ?? []).toString());

describe('views', () => {
  it('are dropped and made so that a second time does no harm', async () => {
    const { tools, calls } = toolsThatAnswer('done', '');

    await dropViews(tools, pod, [view], never);
    await createViews(tools, pod, [view], never);

    expect(textsOf(calls)).to.deep.equal([
      'DROP MATERIALIZED VIEW IF EXISTS shop."By_name";\n',
      'CREATE MATERIALIZED VIEW IF NOT EXISTS shop."By_name" AS SELECT * FROM shop.users;\n',
    ]);
  });

  it('are built once every node with a pod says so', async () => {
    const row = (host: string, status = 'SUCCESS') => ({ host_id: host, status });
    const others = [row('keeps-nothing'), row('neither')];
    const { tools, calls } = toolsThatAnswer(
      'status',
      jsonRows([row('a'), row('b', 'STARTED'), ...others]),
      jsonRows([row('a'), row('b'), ...others]),
    );

    await waitUntilBuilt(tools, pod, { keyspace: 'shop', view: 'By_name', hostIds: ['a', 'b'] }, never);

    expect(calls).to.have.length(2);
    expect(calls[0]?.args?.[0]).to.contain("view_name = 'By_name'");
  });

  for (const [name, value, allowed] of [
    ['materialized_views_enabled', 'true', true],
    ['enable_materialized_views', 'true', true],
    ['materialized_views_enabled', 'false', false],
    ['something_else', 'true', false],
  ] as const) {
    it(`are ${allowed ? '' : 'not '}allowed where ${name} is ${value}`, async () => {
      const { tools } = toolsThatAnswer('settings', jsonRows([{ name, value }]));

      expect(await areViewsAllowed(tools, pod, never)).to.equal(allowed);
    });
  }
});
