import { expect } from 'chai';
import type { ScriptCall } from '../../../../src/cassandra/pod-tools.ts';
import { dropRebuiltViews } from '../../../../src/commands/restore/rebuild-views.ts';
import type { RestoreGroup } from '../../../../src/commands/restore/restore-plan.ts';
import type { RestoreRun } from '../../../../src/commands/restore/restore-run.ts';
import { recordLog } from '../../../support/recording-log.ts';

/** A node on which the drop leaves a snapshot beside one that was there. */
function runOf(calls: ScriptCall[]): RestoreRun {
  const snapshots = ['shop dropped-1-by_name\n', 'shop dropped-1-by_name\nshop dropped-2-by_name\n'];
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
  return {
    access: { tools },
    survey: { nodes: [{ pod: { name: 'c-0' }, dataDirectories: ['/d'] }] },
    context: { log: recordLog() },
    signal: new AbortController().signal,
  } as unknown as RestoreRun;
}

const view = { keyspace: 'shop', table: 'users', view: 'by_name', statement: 'CREATE …' };

describe('views that are built anew', () => {
  it('are dropped, and the snapshots go that this left, no others', async () => {
    const calls: ScriptCall[] = [];

    await dropRebuiltViews(runOf(calls), { rebuiltViews: [view] } as unknown as RestoreGroup);

    const texts = calls.map(({ input }) => Buffer.from(input ?? []).toString());
    expect(texts[1]).to.equal('DROP MATERIALIZED VIEW IF EXISTS shop.by_name;\n');
    expect(texts.at(-1)).to.equal('shop dropped-2-by_name\n');
  });

  it('cost nothing where there are none', async () => {
    const calls: ScriptCall[] = [];

    await dropRebuiltViews(runOf(calls), {} as unknown as RestoreGroup);

    expect(calls).to.deep.equal([]);
  });
});
