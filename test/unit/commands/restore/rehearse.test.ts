import { expect } from 'chai';
import type { ScriptCall } from '../../../../src/cassandra/pod-tools.ts';
import type { Schema } from '../../../../src/cassandra/schema.ts';
import { rehearse } from '../../../../src/commands/restore/rehearse.ts';
import type { RestorePlan } from '../../../../src/commands/restore/restore-plan.ts';
import type { RestoreRun } from '../../../../src/commands/restore/restore-run.ts';
import { rejection } from '../../../support/error-code.ts';

/** A cluster of two nodes with these tables in the keyspace of the rehearsal, as its survey saw them. */
function rehearseBeside(
  tables: readonly string[],
  keepsAutoSnapshots: readonly [boolean, boolean],
  isMerge = false,
) {
  const calls: string[] = [];
  const args: string[] = [];
  const tools = {
    async run(_: unknown, call: ScriptCall) {
      calls.push(call.purpose);
      args.push(...(call.args ?? []));
      return new Map(
        Object.entries({ ready: [''], left: [''], before: [''], after: ['a'], dropped: [''], cleared: [''] }),
      );
    },
  };
  const keyspace = 'cain_rehearsal';
  const schema = {
    keyspaces: [{ name: keyspace, tables: tables.map((name) => ({ keyspace, name })) }],
  } as unknown as Schema;
  const nodes = keepsAutoSnapshots.map((keeps, index) => ({
    pod: { name: `pod-${index}` },
    dataDirectories: ['/d'],
    probe: { dataCenter: 'dc1', keepsAutoSnapshots: keeps },
  }));
  const run = {
    access: { tools },
    survey: { nodes, view: { schema } },
    signal: new AbortController().signal,
  } as unknown as RestoreRun;
  return { calls, args, result: rehearse(run, { id: 'a', isMerge } as RestorePlan) };
}

describe('the rehearsal of an import', () => {
  it('makes its table, imports into it and drops it, and asks for no schema that the survey has read', async () => {
    const { calls, result } = rehearseBeside(['probe'], [true, true]);
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

  it('takes its SSTables from the snapshots of a truncate, where every node keeps those and the restore truncates, too', async () => {
    const kept = rehearseBeside([], [true, true]);
    await kept.result;
    expect(kept.args.join(' ')).to.contain('TRUNCATE cain_rehearsal.probe;').and.not.to.contain('flush');
    for (const other of [rehearseBeside([], [true, false]), rehearseBeside([], [true, true], true)]) {
      await other.result;

      expect(other.args.filter((argument) => argument === 'flush')).to.have.length(2);
      expect(other.args.join(' ')).not.to.contain('TRUNCATE');
    }
  });

  it("touches nothing where somebody's own tables lie in a keyspace of that name", async () => {
    const { calls, result } = rehearseBeside(['probe', 'orders'], [true, true]);

    await rejection(result, 'CAIN_RESTORE_REHEARSAL');
    expect(calls).to.deep.equal([]);
  });
});
