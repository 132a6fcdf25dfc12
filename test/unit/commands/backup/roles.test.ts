import { expect } from 'chai';
import type { PodTools } from '../../../../src/cassandra/pod-tools.ts';
import { putRoles, type RolesRows } from '../../../../src/commands/backup/roles.ts';
import { CainError } from '../../../../src/errors.ts';
import { readJsonLines } from '../../../../src/store/json-lines.ts';
import { backupRun } from '../../../support/backup-run.ts';
import { openMemoryStore } from '../../../support/memory-store.ts';

const empty = '\n [json]\n------\n\n(0 rows)\n';
const oneRole = '\n [json]\n------\n {"role": "reader", "salted_hash": "$2a$10$x"}\n\n(1 rows)\n';

const oneLimit = '\n [json]\n------\n {"role": "reader", "dcs": ["dc1"]}\n\n(1 rows)\n';

/** `asked` gets the consistency levels. */
function toolsThat(answer: string | Error | ((level: string) => string), asked: string[] = []): PodTools {
  return {
    async run(_pod, { args: [level = ''] = [] }) {
      asked.push(level);
      if (answer instanceof Error) throw answer;
      return new Map([['roles', [typeof answer === 'string' ? answer : answer(level)]]]);
    },
  };
}

describe('putRoles', () => {
  function start(
    answer: Parameters<typeof toolsThat>[0],
    settings = {},
    signal = new AbortController().signal,
    seen?: RolesRows,
  ) {
    const store = openMemoryStore();
    const asked: string[] = [];
    const tools = toolsThat(answer, asked);
    const run = backupRun({ store, nodes: { 'pod-0': [] }, tools, settings, signal });
    return { store, run, asked, putting: putRoles(run, seen) };
  }

  it('keeps roles, memberships, permissions and data centres', async () => {
    const { store, putting } = start(oneRole + empty + empty + oneLimit);

    const { key = '', sha256 = '' } = (await putting) ?? {};

    const rows = [];
    for await (const row of readJsonLines(store, key, { sha256 })) rows.push(row);
    expect(rows).to.deep.equal([
      { table: 'roles', row: { role: 'reader', salted_hash: '$2a$10$x' } },
      { table: 'network_permissions', row: { role: 'reader', dcs: ['dc1'] } },
    ]);
  });

  it('keeps those that were read before, and asks for none again', async () => {
    const seen = [[{ role: 'reader' }], [], [], []];
    const { store, putting } = start(new Error('never called'), {}, undefined, seen);

    const { key = '', sha256 = '' } = (await putting) ?? {};

    const rows = [];
    for await (const row of readJsonLines(store, key, { sha256 })) rows.push(row);
    expect(rows).to.deep.equal([{ table: 'roles', row: { role: 'reader' } }]);
  });

  it('asks a quorum, since one replica may have missed a role', async () => {
    const { run, asked, putting } = start(
      `Consistency level set to QUORUM.\n${oneRole + empty + empty + oneLimit}`,
    );

    expect(await putting).to.not.equal(undefined);
    expect(asked).to.deep.equal(['QUORUM']);
    expect(run.log.lines).to.deep.equal([]);
  });

  it('asks one replica where there is no quorum, and says so', async () => {
    const { run, asked, putting } = start((level) => {
      if (level === 'QUORUM')
        throw new CainError('CAIN_EXEC_FAILED', 'Cannot achieve consistency level QUORUM');
      return oneRole + empty + empty + oneLimit;
    });

    expect(await putting).to.not.equal(undefined);
    expect(asked).to.deep.equal(['QUORUM', 'ONE']);
    expect(run.log.messages('warn')).to.have.length(1);
  });

  it('does without them where the login may not read them, and says so', async () => {
    const denied = new CainError('CAIN_CASSANDRA_ACCESS', 'User reader has no SELECT permission');
    const { store, run, asked, putting } = start(denied);

    expect(await putting).to.equal(undefined);
    expect(asked).to.deep.equal(['QUORUM']);
    expect(run.log.messages('warn')).to.have.length(1);
    expect(store.objects.size).to.equal(0);
  });

  it('does not take a stop for a missing right', async () => {
    const reason = new CainError('CAIN_TERMINATED', 'stop');
    const { putting } = start(new Error('aborted'), {}, AbortSignal.abort(reason));

    expect(await putting.catch((error: unknown) => error)).to.equal(reason);
  });

  it('does without them where a setting says so', async () => {
    const { putting } = start(new Error('never called'), { roles: false });

    expect(await putting).to.equal(undefined);
  });
});
