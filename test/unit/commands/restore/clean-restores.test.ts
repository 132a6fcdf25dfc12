import { expect } from 'chai';
import { type JournalPlan, journalPlanText } from '../../../../src/cassandra/journal.ts';
import type { ScriptCall } from '../../../../src/cassandra/pod-tools.ts';
import { cleanRestores } from '../../../../src/commands/restore/clean-restores.ts';
import type { RestoreRun } from '../../../../src/commands/restore/restore-run.ts';
import { cqlshRows } from '../../../support/cqlsh-rows.ts';
import { emptyPlan } from '../../../support/journal-plan.ts';
import { recordLog } from '../../../support/recording-log.ts';

const schema = Array.from({ length: 10 }, () => cqlshRows([])).join('');
const restored: JournalPlan = { ...emptyPlan, id: 'a' };
const undo: JournalPlan = { ...emptyPlan, id: 'undo-a', undoes: 'a' };

/** Two nodes on which restore "a" is finished and its undo is in this state; gives what was done, and what was told. */
async function clean(undoState: string, restoreId?: string) {
  const text = [
    'J\t/d/cain-restore/a/journal',
    `P\t${journalPlanText(restored).trimEnd()}`,
    'F',
    'S\tshop.users\tcleaned',
    'U\tshop.users\ttruncated-1-users\tyes',
    'J\t/d/cain-restore/undo-a/journal',
    `P\t${journalPlanText(undo).trimEnd()}`,
    `S\tshop.users\t${undoState}`,
    'E\t2',
  ].join('\n');
  const names = ['left', 'removed', 'marked', 'stopped', 'cleared', 'on'];
  const sections = new Map([
    ['schema', [schema]],
    ['journals', [text]],
    ...names.map((name): [string, string[]] => [name, ['']]),
  ]);
  const done: string[] = [];
  const told: string[] = [];
  const tools = {
    async run({ name }: { name: string }, { purpose, args = [] }: ScriptCall) {
      if (/^(?:Marking|Removing|Clearing the undo)/.test(purpose))
        done.push(`${name}: ${purpose} ${args[0]}`);
      return sections;
    },
  };
  const run = {
    access: { tools },
    survey: { nodes: ['pod-0', 'pod-1'].map((name) => ({ pod: { name }, dataDirectories: ['/d'] })) },
    context: {
      settings: { dryRun: false, restoreId },
      print: (line: string) => told.push(line),
      log: recordLog(),
    },
    signal: new AbortController().signal,
  } as unknown as RestoreRun;
  await cleanRestores(run);
  return { done, told: told.join('\n') };
}

describe('cleaning up while an undo is unfinished', () => {
  it('touches neither the restore nor the undo, and says how it goes on', async () => {
    const { done, told } = await clean('truncated');

    expect(done).to.deep.equal([]);
    expect(told).to.contain('Restore a stays').and.contain('CAIN_RESTORE_ID=a cain restore --undo');
  });

  it('lets every node know that tables may be empty before an undo that is named is forgotten', async () => {
    const { done, told } = await clean('truncated', 'undo-a');

    expect(done).to.deep.equal([
      'pod-0: Marking the restore as undone in part /d/cain-restore/a/journal',
      'pod-1: Marking the restore as undone in part /d/cain-restore/a/journal',
      'pod-0: Removing a restore /d/cain-restore/undo-a',
      'pod-1: Removing a restore /d/cain-restore/undo-a',
    ]);
    expect(told).to.contain('Restore a stays, since its undo was given up');
  });

  it('marks nothing where the undo had truncated nothing', async () => {
    const { done } = await clean('staged', 'undo-a');

    expect(done.map((each) => each.slice('pod-0: '.length))).to.deep.equal([
      'Removing a restore /d/cain-restore/undo-a',
      'Removing a restore /d/cain-restore/undo-a',
    ]);
  });
});
