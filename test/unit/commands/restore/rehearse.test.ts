import { expect } from 'chai';
import type { ScriptCall } from '../../../../src/cassandra/pod-tools.ts';
import type { Schema } from '../../../../src/cassandra/schema.ts';
import { rehearse } from '../../../../src/commands/restore/rehearse.ts';
import type { RestorePlan } from '../../../../src/commands/restore/restore-plan.ts';
import type { RestoreRun } from '../../../../src/commands/restore/restore-run.ts';
import { rejection } from '../../../support/error-code.ts';

/** A cluster of two nodes with these tables in the keyspace of the rehearsal, as its survey saw them. */
function rehearseBeside(tables: readonly string[]) {
  const calls: string[] = [];
  const tools = {
    async run(_: unknown, { purpose }: ScriptCall) {
      calls.push(purpose);
      return new Map(
        Object.entries({ ready: [''], left: [''], before: [''], after: ['a'], dropped: [''], cleared: [''] }),
      );
    },
  };
  const keyspace = 'cain_rehearsal';
  const schema = {
    keyspaces: [{ name: keyspace, tables: tables.map((name) => ({ keyspace, name })) }],
  } as unknown as Schema;
  const nodes = ['pod-0', 'pod-1'].map((name) => ({
    pod: { name },
    dataDirectories: ['/d'],
    probe: { dataCenter: 'dc1' },
  }));
  const run = {
    access: { tools },
    survey: { nodes, view: { schema } },
    signal: new AbortController().signal,
  } as unknown as RestoreRun;
  return { calls, result: rehearse(run, { id: 'a' } as RestorePlan) };
}

describe('the rehearsal of an import', () => {
  it('makes its table, imports into it and drops it, and asks for no schema that the survey has read', async () => {
    const { calls, result } = rehearseBeside(['probe']);
    await result;

    expect(calls).to.deep.equal([
      'Preparing the rehearsal',
      'Rehearsing an import',
      'Rehearsing an import',
      'Dropping the rehearsal',
      'Clearing the rehearsal',
      'Clearing the rehearsal',
    ]);
  });

  it("touches nothing where somebody's own tables lie in a keyspace of that name", async () => {
    const { calls, result } = rehearseBeside(['probe', 'orders']);

    await rejection(result, 'CAIN_RESTORE_REHEARSAL');
    expect(calls).to.deep.equal([]);
  });
});
