import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { groupingPath, type PushOptions, pushMetrics } from '../../../src/metrics/pushgateway.ts';
import { runMetrics } from '../../../src/metrics/run-metrics.ts';
import { rejection } from '../../support/error-code.ts';

const registry = runMetrics({
  operation: 'prune',
  startedAt: new Date(0),
  endedAt: new Date(1000),
  isSuccess: true,
  phases: {},
  retainedBackups: 7,
  version: '1.2.3',
});

interface Received {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly authorization: string | undefined;
  readonly connection: string | undefined;
  readonly body: string;
}

describe('pushMetrics', () => {
  let server: Server | undefined;
  let received: Received[] = [];

  /** A Pushgateway of a kind; gives its URL. */
  async function serve(answer: RequestListener): Promise<string> {
    received = [];
    server = createServer(async (request, response) => {
      received.push(await readRequest(request));
      answer(request, response);
    });
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async function readRequest(request: IncomingMessage): Promise<Received> {
    const { method, url: path, headers } = request;
    const { authorization, connection } = headers;
    return { method, path, authorization, connection, body: await text(request) };
  }

  function push(url: string, options: Partial<PushOptions> = {}): Promise<void> {
    return pushMetrics({
      url,
      job: 'cain',
      grouping: { namespace: 'default', cluster: 'Test', plan: 'nightly', operation: 'prune' },
      registry,
      timeoutMs: 5000,
      signal: new AbortController().signal,
      ...options,
    });
  }

  afterEach(async () => {
    const closing = server;
    server = undefined;
    if (!closing) return;
    closing.closeAllConnections();
    await new Promise((resolve) => closing.close(resolve));
  });

  for (const status of [200, 202]) {
    it(`adds to the group, and takes ${status} as success`, async () => {
      const url = await serve((_, response) => response.writeHead(status).end());

      await push(url);

      const [request, ...others] = received;
      expect(others).to.deep.equal([]);
      expect(request?.method).to.equal('POST');
      expect(request?.path).to.equal(
        '/metrics/job/cain/namespace/default/cluster/Test/plan/nightly/operation/prune',
      );
      expect(request?.authorization).to.equal(undefined);
      expect(request?.body)
        .to.match(/^cain_backups_retained 7$/m)
        .and.match(/\n$/);
    });
  }

  it('keeps a path in front, with or without a slash at its end', async () => {
    const url = await serve((_, response) => response.end());

    await push(`${url}/gateway`);
    await push(`${url}/gateway/`);

    const paths = received.map(({ path }) => path?.replace(/\/job\/.*/, ''));
    expect(paths).to.deep.equal(['/gateway/metrics', '/gateway/metrics']);
  });

  it('sends the login, and none without a username', async () => {
    const url = await serve((_, response) => response.end());

    await push(url, { username: 'grace', password: 'p:ä/@' });
    await push(url, { username: undefined, password: 'unused' });

    const logins = received.map(({ authorization }) =>
      Buffer.from(authorization?.replace('Basic ', '') ?? '', 'base64').toString(),
    );
    expect(logins).to.deep.equal(['grace:p:ä/@', '']);
  });

  it('asks for no connection to be kept', async () => {
    const url = await serve((_, response) => response.end());

    await push(url);

    expect(received[0]?.connection).to.equal('close');
  });

  for (const status of [204, 301, 302, 307]) {
    it(`takes ${status} for a failure`, async () => {
      const url = await serve((_, response) => response.writeHead(status, { location: '/login' }).end());

      const error = await rejection(push(url), 'CAIN_METRICS_PUSH');

      expect(error.message).to.contain(`status ${status}`);
      expect(received).to.have.length(1);
    });
  }

  it("gives the Pushgateway's own words, but no whole page", async () => {
    const why = 'pushed metrics are invalid or inconsistent with existing metrics';
    const url = await serve((_, response) => response.writeHead(400).end(why + ' and so on'.repeat(1000)));

    const error = await rejection(push(url), 'CAIN_METRICS_PUSH');

    expect(error.message).to.contain(`status 400, ${why}`).and.to.have.length.below(400);
    expect(error.hint).to.be.a('string');
  });

  it('gives up when there is no answer, and closes the connection', async () => {
    let isClosed: Promise<unknown> | undefined;
    const url = await serve((request) => {
      isClosed = once(request.socket, 'close');
    });

    const error = await rejection(push(url, { timeoutMs: 100 }), 'CAIN_METRICS_PUSH');

    expect(error.cause).to.have.property('code', 'CAIN_TIMEOUT');
    expect(isClosed).to.be.instanceOf(Promise);
    await isClosed;
  });

  it('gives up when the answer does not end', async () => {
    const url = await serve((_, response) => response.writeHead(200).write('begun'));

    const error = await rejection(push(url, { timeoutMs: 100 }), 'CAIN_METRICS_PUSH');

    expect(error.cause).to.have.property('code', 'CAIN_TIMEOUT');
  });

  it('gives up when it is told to', async () => {
    const controller = new AbortController();
    const url = await serve(() => controller.abort(new Error('Stopped')));

    const error = await rejection(push(url, { signal: controller.signal }), 'CAIN_METRICS_PUSH');

    expect(error.cause).to.equal(controller.signal.reason);
  });

  it('fails when nobody listens, and says so', async () => {
    const url = await serve(() => {});
    await new Promise((resolve) => server?.close(resolve));

    for (const host of ['127.0.0.1', 'localhost']) {
      const error = await rejection(push(url.replace('127.0.0.1', host)), 'CAIN_METRICS_PUSH');
      expect(error.message).to.contain('ECONNREFUSED');
    }
  });

  it('fails when the connection is cut', async () => {
    const url = await serve((request) => request.socket.destroy());

    await rejection(push(url), 'CAIN_METRICS_PUSH');
  });

  it('refuses a job that the path cannot carry', async () => {
    for (const job of ['', 'a/b']) await rejection(push('http://127.0.0.1:1', { job }), 'CAIN_METRICS_PUSH');
  });
});

describe('groupingPath', () => {
  it('leaves plain values alone', () => {
    const plain = { namespace: 'prod-1', cluster: 'Test_Cluster.2' };

    expect(groupingPath(plain)).to.deep.equal(plain);
  });

  it('drops empty values, which would end the path early', () => {
    expect(groupingPath({ namespace: 'prod', cluster: '' })).to.deep.equal({ namespace: 'prod' });
  });

  it('encodes what a path cannot carry', () => {
    const odd = ['a/b', 'Test Cluster', '.', '..', 'größe', '-', '100%', 'a?b#c', '~~~>>>'];

    for (const value of odd) {
      const [[name, encoded] = ['', ''], ...others] = Object.entries(groupingPath({ cluster: value }));
      expect(others).to.deep.equal([]);
      expect(name).to.equal('cluster@base64');
      expect(encoded).to.match(/^[A-Za-z0-9_-]+$/);
      expect(Buffer.from(encoded, 'base64url').toString()).to.equal(value);
    }
  });
});
