import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { failure, forbidden, notFound, refuseUpgrade } from './api-status.ts';
import { type ExecCall, runExec } from './exec-session.ts';
import { protocols } from './exec-socket.ts';
import type { ExecFault, ExecToMatch, FaultQueue } from './faults.ts';
import type { PodRegistry } from './pod-registry.ts';
import type { KeptProcess, ProcessKeeper } from './process-keeper.ts';

export interface ExecServer {
  /** Every exec so far, running ones included. */
  readonly calls: readonly ExecCall[];
  /** What the server offers; `['v4.channel.k8s.io']` is a server before Kubernetes 1.30. */
  protocols: readonly string[];
  /** SIGKILL to every process that an exec started in this pod: with a crash of the node, that of a container. */
  killAll(pod: string): void;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, target: ExecTarget): void;
  /** Resets every connection and waits for the sessions. */
  close(): Promise<void>;
}

export interface ExecTarget {
  readonly namespace: string;
  readonly pod: string;
  readonly query: URLSearchParams;
}

export interface ExecServerParts {
  readonly pods: PodRegistry;
  readonly faults: FaultQueue<ExecToMatch, ExecFault>;
  readonly keeper: ProcessKeeper;
  /** Told when a command has started, and when it has ended and the client does not know yet. */
  readonly onEffect?: (effect: string) => void;
}

export function createExecServer({ pods, faults, keeper, onEffect }: ExecServerParts): ExecServer {
  const calls: ExecCall[] = [];
  const sessions = new Set<Promise<void>>();
  const running = new Map<KeptProcess, string>();
  const server: ExecServer = {
    calls,
    protocols,
    killAll: (name) => {
      for (const [process, pod] of running) if (pod === name) process.signalGroup('SIGKILL');
    },
    upgrade: (request, socket, head, { namespace, pod: name, query }) => {
      const pod = pods.find(namespace, name);
      if (!pod) return refuseUpgrade(socket, notFound('pods', name));
      const container = query.get('container') || (pod.containers[0] ?? '');
      if (!pod.containers.includes(container)) {
        const message = `container ${container} is not valid for pod ${name}`;
        return refuseUpgrade(socket, failure(400, 'BadRequest', message));
      }
      const command = query.getAll('command');
      const fault = faults.take({ pod: name, command });
      if (fault?.fault.kind === 'forbidden') {
        fault.hit();
        return refuseUpgrade(socket, forbidden(`pods "${name}" exec`));
      }
      webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        webSocket.pause();
        const started = { stdinBytes: 0, stdoutBytes: 0, stderrBytes: 0, startedAt: Date.now() };
        const call: ExecCall = { pod: name, container, command, protocol: webSocket.protocol, ...started };
        if (fault) call.fault = fault.fault.kind;
        calls.push(call);
        answerPings(webSocket, () => fault?.fault.kind !== 'freeze');
        const streams = {
          stdin: asked(query, 'stdin'),
          stdout: asked(query, 'stdout'),
          stderr: asked(query, 'stderr'),
        };
        const session = runExec({
          socket: webSocket,
          call,
          container: pod.node.container,
          streams,
          fault,
          keeper,
          onEnd: () => onEffect?.(`exec ended in ${name}`),
          onStart: (process) => {
            onEffect?.(`exec started in ${name}`);
            running.set(process, name);
            void process.ended.then(() => running.delete(process));
          },
        })
          .catch(() => webSocket.terminate())
          .finally(() => {
            call.endedAt = Date.now();
            sessions.delete(session);
          });
        sessions.add(session);
      });
    },
    close: async () => {
      for (const client of webSockets.clients) client.terminate();
      await Promise.all(sessions);
      webSockets.close();
    },
  };
  const webSockets = new WebSocketServer({
    noServer: true,
    autoPong: false,
    perMessageDeflate: false,
    handleProtocols: (offered) => server.protocols.find((protocol) => offered.has(protocol)) ?? false,
  });
  return server;
}

function answerPings(socket: WebSocket, isAlive: () => boolean): void {
  socket.on('error', () => socket.terminate());
  socket.on('ping', (data) => {
    if (isAlive()) socket.pong(data);
  });
}

function asked(query: URLSearchParams, stream: string): boolean {
  return query.get(stream) === 'true' || query.get(stream) === '1';
}
