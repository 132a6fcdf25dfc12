import { expect } from 'chai';
import type { CommandContext } from '../../../../src/commands/context.ts';
import { checkKubernetes } from '../../../../src/commands/preflight/check-kubernetes.ts';
import type { ClusterAccess } from '../../../../src/commands/session.ts';
import { connectKubernetes } from '../../../../src/kubernetes/client.ts';
import { type BarePods, startBarePods } from '../../../support/embedded/bare-pods.ts';

describe('checkKubernetes', () => {
  let pods: BarePods;

  before(async () => {
    pods = await startBarePods(0);
  });
  after(() => pods.stop());
  afterEach(() => {
    pods.kubernetes.denied.clear();
    pods.kubernetes.requestFaults.clear();
  });

  async function findings(version?: { major: string; minor: string }) {
    const kubernetes = connectKubernetes({ kubeconfig: pods.kubeconfigFile });
    const told = version && { version: { getCode: async () => version } };
    const access = { kubernetes: { ...kubernetes, ...told } } as unknown as ClusterAccess;
    const context = { settings: { namespace: 'cassandra' }, signal: new AbortController().signal };
    const found = await checkKubernetes(context as unknown as CommandContext, access, 'Test Cluster');
    return found.map(({ what }) => what);
  }

  it('finds nothing where all is as it should be', async () => {
    expect(await findings()).to.deep.equal([]);
  });

  it('finds the rights on Leases that are lacking', async () => {
    pods.kubernetes.denied.add('create leases').add('update leases');

    expect(await findings()).to.deep.equal(['Cain may not create, update leases in namespace cassandra']);
  });

  it('takes a question that gets no answer for no finding', async () => {
    for (let count = 0; count < 4; count++)
      pods.kubernetes.requestFaults.add({ match: () => true, answer: 403 });

    expect(await findings()).to.deep.equal([]);
    expect(pods.kubernetes.requestFaults.unhit()).to.deep.equal([]);
  });

  it('finds a Kubernetes that is too old, however the vendor writes its version', async () => {
    expect(await findings({ major: '1', minor: '28+' })).to.deep.equal([
      'The API server is of Kubernetes 1.28',
    ]);
    expect(await findings({ major: '1', minor: '29+' })).to.deep.equal([]);
    expect(await findings({ major: '2', minor: '0' })).to.deep.equal([]);
    expect(await findings({ major: '', minor: '' })).to.deep.equal([]);
  });
});
