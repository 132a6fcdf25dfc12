import { expect } from 'chai';
import type { PodTools } from '../../../../src/cassandra/pod-tools.ts';
import type { CommandContext } from '../../../../src/commands/context.ts';
import { checkKeyspaces } from '../../../../src/commands/preflight/check-keyspaces.ts';
import type { ClusterAccess } from '../../../../src/commands/session.ts';
import { surveyOf } from '../../../support/backup-run.ts';
import { cqlshRows } from '../../../support/cqlsh-rows.ts';

describe('checkKeyspaces', () => {
  async function findings(keyspaces: readonly string[], existing = ['system', 'shop']) {
    const keyspaceRows = existing.map((keyspace_name) => ({ keyspace_name, replication: {} }));
    const others = Array.from({ length: 9 }, () => cqlshRows([])).join('');
    const tools: PodTools = { run: async () => new Map([['schema', [cqlshRows(keyspaceRows) + others]]]) };
    const context = { settings: { keyspaces }, signal: new AbortController().signal };
    const found = await checkKeyspaces(
      context as unknown as CommandContext,
      { tools } as unknown as ClusterAccess,
      surveyOf({ 'pod-0': ['/data'], 'pod-1': ['/data'] }),
    );
    return found.map(({ what }) => what);
  }

  it('finds nothing where each name fits', async () => {
    expect(await findings([])).to.deep.equal([]);
    expect(await findings(['sh*'])).to.deep.equal([]);
  });

  it('finds a name that fits no keyspace, and a cluster that holds none of its own', async () => {
    expect(await findings(['shop', 'tpyo'])).to.deep.equal([
      'No keyspace fits tpyo; the cluster has shop, system',
    ]);
    expect(await findings([], ['system'])).to.deep.equal([
      'There is no keyspace to back up; the cluster has system',
    ]);
  });
});
