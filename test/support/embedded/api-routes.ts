import type { IncomingMessage, ServerResponse } from 'node:http';
import type { V1Status } from '@kubernetes/client-node';
import { failure, forbidden, notFound, sendFailure, sendJson } from './api-status.ts';
import type { LeaseObject, LeaseRegistry } from './lease-registry.ts';
import type { PodRegistry } from './pod-registry.ts';

export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly pods: PodRegistry;
  readonly leases: LeaseRegistry;
  readonly denied: ReadonlySet<string>;
  readonly onEffect: (effect: string) => void;
}

/** Pods, Leases, the version and the question what one may do; all else is 404. */
export async function answerRequest(
  api: ApiRequest,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method, path, query, pods } = api;
  if (path === '/version') return sendJson(response, 200, { major: '1', minor: '34', gitVersion: 'v1.34.4' });
  const pod = /^\/api\/v1\/namespaces\/([^/]+)\/pods(?:\/([^/]+))?$/.exec(path);
  if (pod && method === 'GET') {
    const [, namespace = '', name] = pod;
    if (api.denied.has(`${name ? 'get' : 'list'} pods`)) return sendFailure(response, forbidden('pods'));
    if (name === undefined) return sendJson(response, 200, pods.list(namespace, query));
    const found = pods.find(namespace, name);
    return found
      ? sendJson(response, 200, pods.object(found))
      : sendFailure(response, notFound('pods', name));
  }
  const lease = /^\/apis\/coordination\.k8s\.io\/v1\/namespaces\/([^/]+)\/leases(?:\/([^/]+))?$/.exec(path);
  if (lease) return await answerLease(api, lease[1] ?? '', lease[2], request, response);
  if (path === '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews' && method === 'POST') {
    return sendJson(response, 201, reviewed(JSON.parse(await bodyOf(request)) as AccessReview, api.denied));
  }
  sendFailure(response, notFound('path', path));
}

async function answerLease(
  { method, leases, denied, onEffect }: ApiRequest,
  namespace: string,
  name: string | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const verb =
    { GET: name ? 'get' : 'list', POST: 'create', PUT: 'update', DELETE: 'delete' }[method] ?? method;
  if (denied.has(`${verb} leases`)) return sendFailure(response, forbidden('leases.coordination.k8s.io'));
  const send = (result: LeaseObject | V1Status, code = 200) => {
    if (method !== 'GET') onEffect(`${verb} lease`);
    return 'status' in result && result.status === 'Failure'
      ? sendFailure(response, result as V1Status)
      : sendJson(response, code, result);
  };
  const body = async () => JSON.parse(await bodyOf(request)) as LeaseObject;
  if (verb === 'list') {
    return sendJson(response, 200, { kind: 'LeaseList', metadata: {}, items: leases.list(namespace) });
  }
  if (verb === 'create') return send(leases.create(namespace, await body()), 201);
  if (name === undefined) return sendFailure(response, failure(405, 'MethodNotAllowed', method));
  if (verb === 'get') return send(leases.get(namespace, name));
  if (verb === 'update') return send(leases.replace(namespace, name, await body()));
  if (verb === 'delete') return send(leases.remove(namespace, name));
  sendFailure(response, failure(405, 'MethodNotAllowed', method));
}

interface AccessReview {
  spec: { resourceAttributes?: { verb?: string; resource?: string; subresource?: string } };
}

function reviewed(review: AccessReview, denied: ReadonlySet<string>): unknown {
  const { verb, resource, subresource } = review.spec.resourceAttributes ?? {};
  const right = `${verb} ${subresource ? `${resource}/${subresource}` : resource}`;
  return { ...review, status: { allowed: !denied.has(right) } };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
