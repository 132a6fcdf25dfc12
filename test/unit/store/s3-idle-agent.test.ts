import { once } from 'node:events';
import {
  type Agent,
  createServer,
  get,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { createIdleAgents } from '../../../src/store/s3-idle-agent.ts';
import { until } from './conformance/collect.ts';

// Twice what a busy machine may sleep through.
const idleMs = 300;
const large = Buffer.alloc(8 * 1024 * 1024);

describe('createIdleAgents', () => {
  let server: Server;
  let agent: Agent;
  let answer: RequestListener;

  beforeEach(async () => {
    server = createServer((request, response) => answer(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    agent = createIdleAgents({ idleMs, maxSockets: 1 }).httpAgent;
  });
  afterEach(async () => {
    agent.destroy();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  async function request(): Promise<IncomingMessage> {
    const sent = get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', agent });
    // As the SDK's handler does.
    sent.on('error', () => {});
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    return response;
  }

  async function failureOf(promise: Promise<unknown>): Promise<NodeJS.ErrnoException> {
    return await promise.then(
      () => expect.fail('it did not fail'),
      (error: NodeJS.ErrnoException) => error,
    );
  }

  it('cuts a connection on which no answer comes', async () => {
    answer = () => {};

    expect(await failureOf(request())).to.include({ code: 'ETIMEDOUT', name: 'TimeoutError' });
  });

  it('gives up on a connection that does not come about', async () => {
    const sent = get({ host: 'nowhere.test', agent, lookup: () => {} });

    expect(await failureOf(once(sent, 'response'))).to.include({ code: 'ETIMEDOUT' });
  });

  it('cuts a connection that was used before', async () => {
    let answered = 0;
    answer = (_, response) => {
      if (answered++ === 0) response.end('x');
    };
    const first = await request();
    const { socket } = first;
    await first.toArray();

    const error = await failureOf(request());

    expect(error).to.include({ code: 'ETIMEDOUT' });
    expect(socket.destroyed).to.equal(true);
  });

  it('cuts a body that falls silent', async () => {
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('12345');
    };
    const response = await request();

    expect(await failureOf(response.toArray())).to.include({ code: 'ECONNRESET' });
  });

  it('waits for a reader that holds the connection back, and for a server that is slow but not silent', async () => {
    answer = (_, response) => {
      response.write(large);
      let drops = 0;
      const dripping = setInterval(() => {
        response.write('x');
        if (++drops < 6) return;
        clearInterval(dripping);
        response.end();
      }, idleMs / 2);
    };
    const response = await request();
    let bytes = 0;

    for await (const chunk of response) {
      if (bytes === 0) await new Promise((resolve) => setTimeout(resolve, idleMs * 4));
      bytes += chunk.length;
    }

    expect(bytes).to.equal(large.length + 6);
  });

  it('does not count the wait for a free connection', async () => {
    answer = (_, response) => void setTimeout(() => response.end('x'), idleMs / 4);

    const responses = await Promise.all(
      Array.from({ length: 8 }, async () => await (await request()).toArray()),
    );

    expect(responses).to.have.length(8);
  });

  it('lets an unused connection go without a word', async () => {
    answer = (_, response) => response.end('x');
    const response = await request();
    const { socket } = response;
    await response.toArray();
    // What a server's keep-alive hint sets.
    await until(() => Object.keys(agent.freeSockets).length === 1, 'the connection is free');
    socket.setTimeout(20);

    await until(() => socket.destroyed, 'the connection is closed');

    expect((await (await request()).toArray()).join('')).to.equal('x');
  });
});
