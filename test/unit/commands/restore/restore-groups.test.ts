import { expect } from 'chai';
import type { ScriptCall } from '../../../../src/cassandra/pod-tools.ts';
import { openJournalBook } from '../../../../src/commands/restore/journal-book.ts';
import { restoreGroups } from '../../../../src/commands/restore/restore-groups.ts';
import type { ImportPlan, RestoreTable } from '../../../../src/commands/restore/restore-plan.ts';
import type { RestoreRun } from '../../../../src/commands/restore/restore-run.ts';
import type { ImportWork } from '../../../../src/commands/restore/restore-work.ts';
import { cqlshRows } from '../../../support/cqlsh-rows.ts';
import { recordLog } from '../../../support/recording-log.ts';

const table: RestoreTable = {
  keyspace: 'shop',
  table: 'users',
  kind: 'table',
  original: 'shop.users',
  backupId: '1',
  takesIndexFiles: true,
  liveId: '1',
  isCreated: false,
  compactsAutomatically: true,
  allowsAutoSnapshot: true,
  keyColumn: 'id',
};
const view = { keyspace: 'shop', table: 'users', view: 'by_name', statement: 'CREATE …' };

/** One node that held nothing of the table; gives what was called, in order. */
async function purposesOf(isMerge: boolean): Promise<readonly string[]> {
  const calls: ScriptCall[] = [];
  const status = cqlshRows([{ host_id: 'h', status: 'SUCCESS' }]);
  const sections = Object.entries({
    snapshots: '',
    done: '',
    left: '',
    begun: '',
    ended: '',
    truncated: '',
    status,
  });
  const tools = {
    async run(_: unknown, call: ScriptCall) {
      calls.push(call);
      return new Map(sections.map(([name, text]) => [name, [text]]));
    },
  };
  const node = { hostId: 'h', pod: { name: 'c-0' }, dataDirectories: ['/d'], probe: {} };
  const nodes = [{ node, files: new Map(), placement: (directory: string) => directory }];
  const plan = {
    id: 'a',
    groups: [{ keyspace: 'shop', tables: [table], rebuiltViews: [view] }],
    nodes,
    isMerge,
    spread: new Set(),
  } as unknown as ImportPlan;
  const run = {
    access: { tools },
    survey: { nodes: [node] },
    context: { log: recordLog(), progress: { addNode() {}, advance() {} } },
    signal: new AbortController().signal,
    confirmLease: async () => {},
  } as unknown as RestoreRun;
  const book = openJournalBook(new Map([['c-0', []]]), 'a', plan.nodes);
  const work: ImportWork = { run, plan, book, restage: async () => 0 };
  await restoreGroups(work);
  return calls
    .filter(({ input }) => input === undefined || Buffer.from(input).includes('VIEW'))
    .map(({ purpose, input }) => (input ? Buffer.from(input).toString().slice(0, 22) : purpose));
}

describe('table by table', () => {
  for (const isMerge of [true, false]) {
    it(`views are dropped when the journals speak of it, in a ${isMerge ? 'merge' : 'replacement'}`, async () => {
      const purposes = await purposesOf(isMerge);

      const [journalled, dropped] = ['Journalling the truncate', 'DROP MATERIALIZED VIEW'].map((purpose) =>
        purposes.indexOf(purpose),
      );
      expect(journalled).to.equal(0);
      expect(dropped).to.equal(1);
    });
  }
});
