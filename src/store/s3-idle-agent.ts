import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';
import { rootCertificates } from 'node:tls';

export interface IdleAgentOptions {
  readonly idleMs: number;
  readonly maxSockets: number;
  /** PEM text of certificates to trust beside the usual ones. */
  readonly caFile?: string | undefined;
}

/** A host that drops packets says nothing; no healthy one takes this long to take a connection. */
const longestConnectMs = 10_000;

/**
 * Agents whose connections are cut when they stay silent for too long. The SDK's own limits won't do: its
 * `socketTimeout` also cuts a download whose reader is busy elsewhere, and its `connectionTimeout` also runs
 * while a request waits in the agent's queue (both seen with @smithy/node-http-handler 4.14.2).
 */
export function createIdleAgents(options: IdleAgentOptions): {
  httpAgent: HttpAgent;
  httpsAgent: HttpsAgent;
} {
  const { maxSockets, idleMs, caFile } = options;
  const ca = caFile ? { ca: [...rootCertificates, caFile] } : {};
  return {
    httpAgent: limitIdleTime(new HttpAgent({ keepAlive: true, maxSockets }), idleMs),
    httpsAgent: limitIdleTime(new HttpsAgent({ keepAlive: true, maxSockets, ...ca }), idleMs),
  };
}

function limitIdleTime<T extends HttpAgent>(agent: T, idleMs: number): T {
  const createConnection = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) => {
    const socket = createConnection(options, callback);
    if (socket) watch(socket as Socket, idleMs);
    return socket;
  };
  const reuseSocket = agent.reuseSocket.bind(agent);
  agent.reuseSocket = (socket, request) => {
    reuseSocket(socket, request);
    // The agent took the limit off, or set the server's keep-alive hint, while the connection was free.
    (socket as Socket).setTimeout(idleMs);
  };
  return agent;
}

function watch(socket: Socket, idleMs: number): void {
  socket.setTimeout(Math.min(idleMs, longestConnectMs));
  socket.once('connect', () => socket.setTimeout(idleMs));
  socket.on('timeout', () => {
    // Our own reader holds it back: nothing can arrive, and that is no fault of the server's.
    if (socket.isPaused()) socket.setTimeout(idleMs);
    else socket.destroy(idleError(socket));
  });
  // The time that it was held back does not count.
  socket.on('resume', () => {
    if (!socket.connecting) socket.setTimeout(idleMs);
  });
}

function idleError(socket: Socket): Error {
  const what = socket.connecting ? 'no connection' : 'no byte';
  const seconds = (socket.timeout ?? 0) / 1000;
  return Object.assign(new Error(`${what} for ${seconds} s`), { name: 'TimeoutError', code: 'ETIMEDOUT' });
}
