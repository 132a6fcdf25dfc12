import { expect } from 'chai';
import type { ScriptCall } from '../../../../src/cassandra/pod-tools.ts';
import { checkEarlierTables, checkStillEmpty } from '../../../../src/commands/restore/check-still-empty.ts';
import type { RestoreGroup, RestoreTable } from '../../../../src/commands/restore/restore-plan.ts';
import type { RestoreWork } from '../../../../src/commands/restore/restore-work.ts';
import { CainError } from '../../../../src/errors.ts';
import { rejection } from '../../../support/error-code.ts';
import { recordLog } from '../../../support/recording-log.ts';

const tag = '20260101000000';
const users = {
  keyspace: 'shop',
  table: 'users',
  kind: 'table',
  liveId: 'abc',
  isCreated: true,
  keyColumn: 'id',
} as RestoreTable;
const group: RestoreGroup = { keyspace: 'shop', tables: [users] };

/** A cluster of one node on which nothing is flushed, and the table has so many rows. */
function workOn(rows: number, settings: object, plan: object = {}): RestoreWork {
  const lines = Array.from({ length: rows }, (_, id) => ` {"id": ${id}}\n`).join('');
  const tools = {
    run: async (_: unknown, { purpose }: ScriptCall) =>
      new Map([
        purpose === 'Looking at the tables'
          ? ['tables', ['']]
          : ['rows', [`\n [json]\n------\n${lines}\n(${rows} rows)\n`]],
      ]),
  };
  return {
    run: {
      access: { tools },
      survey: { clusterName: 'Test', nodes: [{ pod: { name: 'c-0' }, dataDirectories: ['/d'] }] },
      context: { settings, log: recordLog() },
      signal: new AbortController().signal,
    },
    plan: { manifest: { tag }, groups: [group], isMerge: false, ...plan },
    book: { statesOf: () => ['staged'] },
  } as unknown as RestoreWork;
}

describe('the look right before a truncate', () => {
  for (const restoreConfirm of [undefined, `Test/${tag}`]) {
    it(`stops at rows in a table that the restore has made (${restoreConfirm ? 'confirmed' : 'unconfirmed'})`, async () => {
      const work = workOn(1, { restoreConfirm });

      await rejection(checkStillEmpty(work, group), 'CAIN_RESTORE_UNCONFIRMED');
    });
  }

  it('lets a table that was made and is empty be truncated', async () => {
    await checkStillEmpty(workOn(0, {}), group);
  });

  it('stops at rows in a table that an earlier run has made', async () => {
    const existing: RestoreGroup = { ...group, tables: [{ ...users, isCreated: false }] };
    const plan = { groups: [existing], resumed: { created: ['shop.users'] } };
    const work = workOn(1, { restoreConfirm: `Test/${tag}` }, plan);

    await rejection(checkStillEmpty(work, existing), 'CAIN_RESTORE_UNCONFIRMED');
  });

  it('asks nothing of a table that was there and was confirmed, of a drill or of one node', async () => {
    const existing: RestoreGroup = { ...group, tables: [{ ...users, isCreated: false }] };

    await checkStillEmpty(workOn(1, { restoreConfirm: `Test/${tag}` }, { groups: [existing] }), existing);
    await checkStillEmpty(workOn(1, { drill: true }), group);
    await checkStillEmpty(workOn(1, {}, { alone: 'c-0' }), group);
  });

  it('names the table, and what to do', async () => {
    const error = await rejection(checkStillEmpty(workOn(1, {}), group), 'CAIN_RESTORE_UNCONFIRMED');

    expect(error.message).to.equal('This restore has made shop.users, and somebody has written to it since');
    expect(error.hint).to.contain('TRUNCATE shop.users');
  });

  it('takes nothing for written that it can not read: a retry may', async () => {
    const work = workOn(0, { restoreConfirm: `Test/${tag}` });
    const down = new CainError('CAIN_EXEC_FAILED', 'Cannot achieve consistency level ALL');
    work.run.access.tools.run = async (_, { purpose }) => {
      if (purpose === 'Reading the first rows') throw down;
      return new Map([['tables', ['']]]);
    };

    await rejection(checkStillEmpty(work, group), 'CAIN_EXEC_FAILED');
  });

  it('leaves views and merges alone', async () => {
    const view: RestoreGroup = { ...group, tables: [{ ...users, kind: 'view' }] };

    await checkStillEmpty(workOn(1, { restoreConfirm: `Test/${tag}` }), view);
    await checkStillEmpty(workOn(1, { restoreConfirm: `Test/${tag}` }, { isMerge: true }), group);
  });

  it('comes before the staging for what an earlier run has made and not truncated', async () => {
    const existing: RestoreGroup = { ...group, tables: [{ ...users, isCreated: false }] };
    const plan = { groups: [existing], resumed: { created: ['shop.users'] } };

    await rejection(checkEarlierTables(workOn(1, {}, plan)), 'CAIN_RESTORE_UNCONFIRMED');
    await checkEarlierTables(workOn(1, {}, { groups: [existing] }));
    await checkEarlierTables({ ...workOn(1, {}, plan), book: { statesOf: () => ['truncated'] } } as never);
  });
});
