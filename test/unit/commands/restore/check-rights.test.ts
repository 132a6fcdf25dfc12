import { expect } from 'chai';
import { checkRights, missingRights } from '../../../../src/commands/restore/check-rights.ts';
import type { RestoreGroup } from '../../../../src/commands/restore/restore-plan.ts';
import type { RestoreRun } from '../../../../src/commands/restore/restore-run.ts';
import { rejection } from '../../../support/error-code.ts';
import { recordLog } from '../../../support/recording-log.ts';

function group(table: string, more: object = {}, views: readonly object[] = []): RestoreGroup {
  const base = { keyspace: 'shop', table, isCreated: false, ...more };
  return { keyspace: 'shop', tables: [base], rebuiltViews: views } as unknown as RestoreGroup;
}

const rights = { isSuperuser: false, granted: new Set(['MODIFY <table shop.users>']) };
const groups = [group('users'), group('Orders'), group('made', { isCreated: true })];

const listing = `
 role | super | login | options | datacenters
------+-------+-------+---------+-------------
 cain | False |  True |        {} |         ALL

(1 rows)

 role | username | resource           | permission
------+----------+--------------------+------------
 cain |     cain | <table shop.users> |     MODIFY

(1 rows)
`;

function runThat(
  answer: string | Error,
  settings: object = { cassandraUsername: 'cain', cassandraPassword: 'x' },
) {
  const tools = {
    async run() {
      if (answer instanceof Error) throw answer;
      return new Map([['rights', [answer]]]);
    },
  };
  return {
    access: { tools },
    survey: { nodes: [{ pod: { name: 'c-0' } }] },
    context: { settings, log: recordLog() },
    signal: new AbortController().signal,
  } as unknown as RestoreRun;
}

describe('rights that a restore needs', () => {
  it('are MODIFY on every table that is truncated', () => {
    expect(missingRights(rights, groups, false)).to.deep.equal(['MODIFY ON TABLE shop."Orders"']);
  });

  it('are ALTER on tables whose views a merge makes anew', () => {
    const merged = [...groups, group('users', {}, [{}])];

    expect(missingRights(rights, merged, true)).to.deep.equal(['ALTER ON TABLE shop.users']);
  });

  it('are taken for given where nothing is told of rights', () => {
    expect(missingRights({ isSuperuser: false, granted: new Set() }, groups, false)).to.deep.equal([]);
  });

  it('refuse the restore where one is missing', async () => {
    const error = await rejection(checkRights(runThat(listing), groups), 'CAIN_PREFLIGHT');

    expect(error.message)
      .to.contain('The login cain lacks rights')
      .and.to.contain('\n  - MODIFY ON TABLE shop."Orders"');
  });

  it('do not where they can not be told', async () => {
    await checkRights(runThat(new Error('AllowAllAuthorizer')), groups);
    await checkRights(runThat(listing, {}), groups);
  });
});
