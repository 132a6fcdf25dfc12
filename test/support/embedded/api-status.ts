import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { V1Status } from '@kubernetes/client-node';

/** What the API server answers when something fails. */
export function failure(code: number, reason: string, message: string): V1Status {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code };
}

export function notFound(resource: string, name: string): V1Status {
  return failure(404, 'NotFound', `${resource} "${name}" not found`);
}

export function unauthorized(): V1Status {
  return failure(401, 'Unauthorized', 'Unauthorized');
}

export function forbidden(what: string): V1Status {
  return failure(
    403,
    'Forbidden',
    `${what} is forbidden: User "system:serviceaccount:default:cain" cannot do this`,
  );
}

export function sendJson(response: ServerResponse, code: number, body: unknown): void {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

export function sendFailure(response: ServerResponse, status: V1Status): void {
  sendJson(response, status.code ?? 500, status);
}

/** Answers an upgrade that is refused: plain HTTP on the bare socket. */
export function refuseUpgrade(socket: Duplex, status: V1Status): void {
  const body = JSON.stringify(status);
  const head = [
    `HTTP/1.1 ${status.code} ${status.reason}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
