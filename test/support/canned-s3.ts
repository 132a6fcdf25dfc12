import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { openS3Store, type S3StoreOptions } from '../../src/store/s3-store.ts';
import type { Store } from '../../src/store/store.ts';
import { setLogin } from './test-login.ts';

export interface CannedRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface CannedAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Never: the connection stays open and silent. */
  readonly isSilent?: boolean;
  /** The connection ends after what there is of the body. */
  readonly isCut?: boolean;
}

export interface CannedS3 {
  readonly requests: readonly CannedRequest[];
  readonly endpoint: string;
  openStore(options?: Partial<S3StoreOptions>): Store;
  close(): Promise<void>;
}

/** An S3 server that says what a test tells it to: for answers that no server at hand gives. */
export async function startCannedS3(
  answer: (request: CannedRequest, count: number) => CannedAnswer,
  tls?: { readonly key: string; readonly cert: string },
): Promise<CannedS3> {
  const requests: CannedRequest[] = [];
  const stores: Store[] = [];
  const listen: RequestListener = async (incoming, response) => {
    const { method = '', url = '', headers } = incoming;
    const body = Buffer.concat(await incoming.toArray()).toString();
    const request = { method, url, headers, body };
    requests.push(request);
    const {
      status = 200,
      headers: given = {},
      body: text = '',
      isSilent,
      isCut,
    } = answer(request, requests.length);
    if (isSilent) return;
    response.writeHead(status, { 'content-length': String(Buffer.byteLength(text)), ...given });
    if (isCut) {
      response.write(text, () => incoming.socket.destroy());
      return;
    }
    response.end(method === 'HEAD' ? undefined : text);
  };
  const server = tls ? createTlsServer(tls, listen) : createServer(listen);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const endpoint = `${tls ? 'https' : 'http'}://127.0.0.1:${port}`;
  const restoreLogin = setLogin({ accessKeyId: 'cain', secretAccessKey: 'cainsecret' });
  return {
    requests,
    endpoint,
    openStore(options = {}) {
      const store = openS3Store({
        bucket: 'bucket',
        prefix: '',
        endpoint,
        region: 'eu-central-1',
        forcePathStyle: true,
        timeoutMs: 5000,
        maxSockets: 8,
        retries: 0,
        ...options,
      });
      stores.push(store);
      return store;
    },
    async close() {
      restoreLogin();
      for (const store of stores) store.close();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Gives `answers` in their order. */
export interface ScriptedS3 extends CannedS3 {
  answers: CannedAnswer[];
  /** Fails where an answer was not asked for. */
  close(): Promise<void>;
}

export async function startScriptedS3(): Promise<ScriptedS3> {
  const script: { answers: CannedAnswer[] } = { answers: [] };
  const s3 = await startCannedS3(() => script.answers.shift() ?? s3Error(418, 'Unexpected'));
  return Object.assign(script, s3, {
    async close() {
      await s3.close();
      expect(script.answers, 'answers that nobody asked for').to.deep.equal([]);
    },
  });
}

export function s3Error(status: number, code: string, message = 'canned'): CannedAnswer {
  return {
    status,
    body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`,
  };
}
