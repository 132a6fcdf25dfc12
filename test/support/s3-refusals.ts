import type { IncomingMessage, ServerResponse } from 'node:http';

/** What a store says instead of doing what it was asked for. */
export const refusals = {
  'slow-down': { status: 503, code: 'SlowDown', message: 'Please reduce your request rate.' },
  'server-error': { status: 500, code: 'InternalError', message: 'We encountered an internal error.' },
  forbidden: { status: 403, code: 'AccessDenied', message: 'Access Denied' },
  'expired-credentials': {
    status: 400,
    code: 'ExpiredToken',
    message: 'The provided token has expired.',
  },
  /** To DeleteObjects: a store that knows single deletes alone. */
  'no-batches': {
    status: 501,
    code: 'NotImplemented',
    message: 'A header or query you provided implies functionality that is not implemented.',
  },
  'clock-refused': {
    status: 403,
    code: 'RequestTimeTooSkewed',
    message: 'The difference between the request time and the current time is too large.',
  },
} as const;

export type S3Refusal = keyof typeof refusals;

export async function sendRefusal(
  kind: S3Refusal,
  incoming: IncomingMessage,
  answer: ServerResponse,
): Promise<void> {
  if (!incoming.readableEnded)
    await incoming
      .resume()
      .toArray()
      .catch(() => undefined);
  const { status, code, message } = refusals[kind];
  answer.writeHead(status, { 'content-type': 'application/xml' });
  const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  answer.end(incoming.method === 'HEAD' ? undefined : body);
}
