import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { V1Status } from '@kubernetes/client-node';
import {
  failure,
  forbidden,
  notFound,
  refuseUpgrade,
  sendFailure,
  sendJson,
  unauthorized,
} from './api-status.ts';
import { createExecServer, type ExecServer } from './exec-server.ts';
import {
  createFaultQueue,
  type ExecFault,
  type ExecToMatch,
  type FaultQueue,
  type RequestFault,
  type RequestToMatch,
} from './faults.ts';
import { createLeaseRegistry, type LeaseObject, type LeaseRegistry } from './lease-registry.ts';
import { createPodRegistry, type EmbeddedPod, type PodNode, type PodRegistry } from './pod-registry.ts';
import type { ProcessKeeper } from './process-keeper.ts';

/** The part of the Kubernetes API that Cain uses: pods, leases, exec. */
export interface KubernetesApi {
  readonly url: string;
  readonly token: string;
  /** For KUBECONFIG. */
  readonly kubeconfig: string;
  readonly pods: readonly EmbeddedPod[];
  readonly leases: LeaseRegistry;
  /** Faults of exec sessions. */
  readonly faults: FaultQueue<ExecToMatch, ExecFault>;
  /** Faults of all other requests. */
  readonly requestFaults: FaultQueue<RequestToMatch, RequestFault>;
  readonly exec: Pick<ExecServer, 'calls' | 'protocols' | 'killAll'>;
  /** How often each request came: `GET /api/v1/namespaces/cassandra/pods` → 3. */
  readonly requests: ReadonlyMap<string, number>;
  /** Rights that a SelfSubjectAccessReview denies: `create pods/exec`, `update leases` … */
  readonly denied: Set<string>;
  close(): Promise<void>;
}

export interface KubernetesApiParts {
  readonly namespace: string;
  readonly nodes: readonly PodNode[];
  readonly keeper: ProcessKeeper;
}

const token = 'embedded-token';

export async function startKubernetesApi({
  namespace,
  nodes,
  keeper,
}: KubernetesApiParts): Promise<KubernetesApi> {
  const pods = createPodRegistry(namespace, nodes);
  const leases = createLeaseRegistry();
  const faults = createFaultQueue<ExecToMatch, ExecFault>();
  const requestFaults = createFaultQueue<RequestToMatch, RequestFault>();
  const exec = createExecServer({ pods, faults, keeper });
  const requests = new Map<string, number>();
  const denied = new Set<string>();

  const server = createServer((request, response) => {
    const { method, path, query } = parse(request);
    requests.set(`${method} ${path}`, (requests.get(`${method} ${path}`) ?? 0) + 1);
    const injected = requestFaults.take({ method, path });
    if (injected) {
      injected.hit();
      const { answer } = injected.fault;
      if (answer === 'reset') return void request.socket.resetAndDestroy();
      return sendFailure(response, failure(answer, 'Injected', 'A fault of the test'));
    }
    if (!isKnown(request)) return sendFailure(response, unauthorized());
    answer({ method, path, query, pods, leases, denied }, request, response).catch((error: unknown) =>
      sendFailure(response, failure(400, 'BadRequest', String(error))),
    );
  });
  server.on('upgrade', (request, socket, head) => {
    const { path, query } = parse(request);
    const [, inNamespace, pod] = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)\/exec$/.exec(path) ?? [];
    if (!isKnown(request)) return refuseUpgrade(socket, unauthorized());
    if (!inNamespace || !pod) return refuseUpgrade(socket, notFound('path', path));
    if (denied.has('get pods/exec')) return refuseUpgrade(socket, forbidden(`pods "${pod}"`));
    exec.upgrade(request, socket, head, { namespace: inNamespace, pod, query });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  return {
    url,
    token,
    kubeconfig: kubeconfigOf(url, namespace),
    pods: pods.pods,
    leases,
    faults,
    requestFaults,
    exec,
    requests,
    denied,
    close: async () => {
      await exec.close();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly pods: PodRegistry;
  readonly leases: LeaseRegistry;
  readonly denied: ReadonlySet<string>;
}

async function answer(api: ApiRequest, request: IncomingMessage, response: ServerResponse): Promise<void> {
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
  { method, leases, denied }: ApiRequest,
  namespace: string,
  name: string | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const verb =
    { GET: name ? 'get' : 'list', POST: 'create', PUT: 'update', DELETE: 'delete' }[method] ?? method;
  if (denied.has(`${verb} leases`)) return sendFailure(response, forbidden('leases.coordination.k8s.io'));
  const send = (result: LeaseObject | V1Status, code = 200) =>
    'status' in result && result.status === 'Failure'
      ? sendFailure(response, result as V1Status)
      : sendJson(response, code, result);
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

function parse(request: IncomingMessage) {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  return { method: request.method ?? 'GET', path: decodeURIComponent(pathname), query: searchParams };
}

function isKnown(request: IncomingMessage): boolean {
  return request.headers.authorization === `Bearer ${token}`;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** The client takes plain http only from a cluster that skips TLS verification. */
function kubeconfigOf(server: string, namespace: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'embedded', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'cain', user: { token } }],
    contexts: [{ name: 'embedded', context: { cluster: 'embedded', user: 'cain', namespace } }],
    'current-context': 'embedded',
  });
}
