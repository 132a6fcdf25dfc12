import { expect } from 'chai';
import type { ScriptCall } from '../../../../src/cassandra/pod-tools.ts';
import { dropRebuiltViews } from '../../../../src/commands/restore/rebuild-views.ts';
import type { RestoreGroup } from '../../../../src/commands/restore/restore-plan.ts';
import type { ImportWork } from '../../../../src/commands/restore/restore-work.ts';
import { recordLog } from '../../../support/recording-log.ts';

/** A node that tells these snapshots of drops, one call after the other. */
function workOf(calls: ScriptCall[], snapshots: string[]): ImportWork {
  const tools = {
    async run(_: unknown, call: ScriptCall) {
      calls.push(call);
      const isListing = call.purpose === 'Looking for snapshots of drops';
      return new Map([
        ['snapshots', [isListing ? (snapshots.shift() ?? '') : '']],
        ['done', ['']],
        ['left', ['']],
      ]);
    },
  };
  const node = { pod: { name: 'c-0' }, dataDirectories: ['/d'] };
  return {
    run: {
      access: { tools },
      survey: { nodes: [node] },
      context: { log: recordLog() },
      signal: new AbortController().signal,
    },
    plan: { id: 'r', nodes: [{ node }] },
  } as unknown as ImportWork;
}

const view = { keyspace: 'shop', table: 'users', view: 'by_name', statement: 'CREATE …' };
const group = { rebuiltViews: [view] } as unknown as RestoreGroup;
const textOf = ({ input }: ScriptCall) => Buffer.from(input ?? []).toString();

describe('views that are built anew', () => {
  it('are dropped once it is noted what was there, and the snapshots go that this left', async () => {
    const calls: ScriptCall[] = [];

    await dropRebuiltViews(workOf(calls, ['', 'shop dropped-2-by_name\n']), group);

    expect(calls.map(({ purpose }) => purpose)[0]).to.equal('Looking for snapshots of drops');
    expect(calls.map(textOf)[1]).to.equal('DROP MATERIALIZED VIEW IF EXISTS shop.by_name;\n');
    expect(calls.map(textOf).at(-1)).to.equal('shop dropped-2-by_name\n');
  });

  it('leave nothing of a run that was killed after its drop', async () => {
    const calls: ScriptCall[] = [];

    await dropRebuiltViews(workOf(calls, ['shop dropped-2-by_name\n', '']), group);

    expect(calls.map(textOf)[1]).to.equal('shop dropped-2-by_name\n');
  });

  it('cost nothing where there are none', async () => {
    const calls: ScriptCall[] = [];

    await dropRebuiltViews(workOf(calls, []), {} as unknown as RestoreGroup);

    expect(calls).to.deep.equal([]);
  });
});
