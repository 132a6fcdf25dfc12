import { expect } from 'chai';
import type { NodeJournal, TableState } from '../../../../src/cassandra/journal.ts';
import type { ScriptCall } from '../../../../src/cassandra/pod-tools.ts';
import { mendCompaction } from '../../../../src/commands/restore/read-journals.ts';
import type { RestoreRun } from '../../../../src/commands/restore/restore-run.ts';

/** Directories of the journals that are looked into. */
async function mended(...journals: readonly NodeJournal[]): Promise<readonly string[]> {
  const opened: string[] = [];
  const tools = {
    async run(_: unknown, { args = [] }: ScriptCall) {
      opened.push(args[0] ?? '');
      return new Map([['on', ['']]]);
    },
  };
  const run = {
    access: { tools },
    survey: { nodes: [{ pod: { name: 'pod-0' } }] },
    signal: new AbortController().signal,
  } as unknown as RestoreRun;
  await mendCompaction(run, new Map([['pod-0', journals]]));
  return opened;
}

function journal(directory: string, state: TableState, compactionOff?: readonly string[]): NodeJournal {
  return {
    id: directory,
    directory,
    isFinished: state === 'cleaned',
    states: new Map([['shop.users', state]]),
    undo: new Map(),
    ...(compactionOff ? { compactionOff } : {}),
  };
}

describe('automatic compaction that was left off', () => {
  it('is turned on wherever a journal says so, and where an import may go on still', async () => {
    const off = ['shop.users'];

    const opened = await mended(
      journal('/imported', 'imported', off),
      journal('/finished', 'cleaned', off),
      journal('/importing', 'importing'),
      journal('/staged', 'staged'),
      journal('/done', 'cleaned'),
    );

    expect(opened).to.deep.equal(['/imported', '/finished', '/importing']);
  });
});
