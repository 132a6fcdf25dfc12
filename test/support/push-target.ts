import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** Takes pushes as a Pushgateway does, and keeps them. */
export interface PushTarget {
  readonly url: string;
  /** Path and text of each push. */
  readonly pushes: ReadonlyArray<{ readonly path: string; readonly body: string }>;
  close(): Promise<void>;
}

export async function startPushTarget(): Promise<PushTarget> {
  const pushes: Array<{ path: string; body: string }> = [];
  const server = createServer(async (request, response) => {
    pushes.push({ path: request.url ?? '', body: await text(request) });
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pushes,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
