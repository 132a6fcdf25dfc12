import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CoreV1Api, KubeConfig, type V1Pod } from '@kubernetes/client-node';
import { expect } from 'chai';
import { listCassandraPods } from '../../../src/kubernetes/pods.ts';
import { waitUntil } from '../../support/embedded/wait-until.ts';
import { rejection } from '../../support/error-code.ts';

const never = new AbortController().signal;
const selection = { namespace: 'cassandra', selector: 'app=cassandra', container: 'cassandra' };

function pod(
  name: string,
  changes: { status?: V1Pod['status']; containers?: string[]; deletedAt?: string },
): V1Pod {
  const { status, containers = ['cassandra'], deletedAt } = changes;
  return {
    metadata: { name, uid: `uid-${name}`, ...(deletedAt ? { deletionTimestamp: deletedAt as never } : {}) },
    spec: { containers: containers.map((container) => ({ name: container })) },
    status: status ?? ready(true),
  };
}

function ready(isReady: boolean, phase = 'Running'): NonNullable<V1Pod['status']> {
  const containerStatuses = [
    { name: 'cassandra', ready: isReady, restartCount: 0, image: '', imageID: '' },
    { name: 'sidecar', ready: true, restartCount: 0, image: '', imageID: '' },
  ];
  return { phase, containerStatuses };
}

describe('listCassandraPods', () => {
  let server: Server;
  let core: CoreV1Api;
  let answer: { code: number; body: object } | undefined;
  let connections: number;

  before(async () => {
    connections = 0;
    server = createServer((_, response) => {
      if (!answer) return;
      response.writeHead(answer.code, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(answer.body));
    });
    server.on('connection', (socket) => {
      connections++;
      socket.on('close', () => connections--);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const config = new KubeConfig();
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    config.loadFromClusterAndUser({ name: 'c', server: url, skipTLSVerify: true }, { name: 'u', token: 't' });
    core = config.makeApiClient(CoreV1Api);
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  it('takes what has the container, in name order, and says why it skips the others', async () => {
    const items = [
      pod('b', {}),
      pod('a', { status: ready(false) }),
      pod('c', { deletedAt: '2026-01-01T00:00:00Z' }),
      pod('job', { status: ready(false, 'Succeeded') }),
      pod('cain', { containers: ['cain'] }),
      pod('starting', { status: { phase: 'Pending' } }),
    ];
    answer = { code: 200, body: { kind: 'PodList', items } };

    const { pods, skipped } = await listCassandraPods(core, selection, never);

    expect(pods.map(({ name, isReady }) => [name, isReady])).to.deep.equal([
      ['a', false],
      ['b', true],
      ['c', false],
      ['starting', false],
    ]);
    expect(skipped).to.deep.equal([
      { name: 'job', reason: 'it has ended (Succeeded)' },
      { name: 'cain', reason: 'it has no container "cassandra" (it has cain)' },
    ]);
  });

  it('calls a missing right by its name, and it is not tried again', async () => {
    answer = { code: 403, body: { kind: 'Status', message: 'pods is forbidden' } };

    const error = await rejection(listCassandraPods(core, selection, never), 'CAIN_KUBERNETES_ACCESS');

    expect(error.retryable).to.equal(false);
    expect(error.message).to.contain('pods is forbidden');
  });

  it('says that a server in trouble may be asked again', async () => {
    answer = { code: 503, body: { kind: 'Status', message: 'etcd is away' } };

    const error = await rejection(listCassandraPods(core, selection, never), 'CAIN_KUBERNETES');

    expect(error.retryable).to.equal(true);
  });

  it('ends with the reason of the signal, and leaves no connection open to a server that hangs', async () => {
    answer = undefined;
    const controller = new AbortController();
    const reason = new Error('stop');
    const listing = listCassandraPods(core, selection, controller.signal);
    await waitUntil(() => connections > 0);

    controller.abort(reason);

    expect(await listing.catch((error: unknown) => error)).to.equal(reason);
    await waitUntil(() => connections === 0);
  });
});
