import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { answerRequest } from './api-routes.ts';
import { failure, forbidden, notFound, refuseUpgrade, sendFailure, unauthorized } from './api-status.ts';
import { createExecServer, type ExecServer } from './exec-server.ts';
import {
  createFaultQueue,
  type ExecFault,
  type ExecToMatch,
  type FaultQueue,
  type RequestFault,
  type RequestToMatch,
} from './faults.ts';
import { createLeaseRegistry, type LeaseRegistry } from './lease-registry.ts';
import { createPodRegistry, type EmbeddedPod, type PodNode } from './pod-registry.ts';
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
  /** Told of each effect right after it happened and before the client hears of it: a process killed there and then knows nothing of it. */
  onEffect: ((effect: string) => void) | undefined;
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
  const tell = (effect: string) => api.onEffect?.(effect);
  const exec = createExecServer({ pods, faults, keeper, onEffect: tell });
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
    answerRequest({ method, path, query, pods, leases, denied, onEffect: tell }, request, response).catch(
      (error: unknown) => sendFailure(response, failure(400, 'BadRequest', String(error))),
    );
  });
  server.on('upgrade', (request, socket, head) => {
    const { path, query } = parse(request);
    const [, inNamespace, pod] = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)\/exec$/.exec(path) ?? [];
    if (!isKnown(request)) return refuseUpgrade(socket, unauthorized());
    if (!inNamespace || !pod) return refuseUpgrade(socket, notFound('path', path));
    // Kubernetes wants `create` too from 1.35 on.
    if (denied.has('get pods/exec') || denied.has('create pods/exec'))
      return refuseUpgrade(socket, forbidden(`pods "${pod}"`));
    exec.upgrade(request, socket, head, { namespace: inNamespace, pod, query });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  const api: KubernetesApi = {
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
    onEffect: undefined,
    close: async () => {
      await exec.close();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return api;
}

function parse(request: IncomingMessage) {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  return { method: request.method ?? 'GET', path: decodeURIComponent(pathname), query: searchParams };
}

function isKnown(request: IncomingMessage): boolean {
  return request.headers.authorization === `Bearer ${token}`;
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
