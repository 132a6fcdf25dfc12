import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import {
  AuthorizationV1Api,
  CoordinationV1Api,
  CoreV1Api,
  type Exec,
  KubeConfig,
  VersionApi,
} from '@kubernetes/client-node';
import { CainError, messageOf } from '../errors.ts';
import { createExec } from './exec-client.ts';

export interface KubernetesClient {
  readonly core: CoreV1Api;
  readonly coordination: CoordinationV1Api;
  readonly authorization: AuthorizationV1Api;
  readonly version: VersionApi;
  readonly exec: Exec;
  /** For people: which credentials are in use. */
  readonly credentials: string;
}

export interface KubernetesEnvironment {
  /** The value of KUBECONFIG: one path, or several joined by ":". */
  readonly kubeconfig?: string | undefined;
  readonly home?: string | undefined;
}

const serviceAccount = "the pod's service account";

/** Credentials: KUBECONFIG, then ~/.kube/config, then the service account of the pod. */
export function connectKubernetes(environment: KubernetesEnvironment): KubernetesClient {
  const config = new KubeConfig();
  const credentials = loadCredentials(config, environment);
  const cluster = config.getCurrentCluster();
  // Outside of a pod the client library makes up "https://undefined:undefined".
  if (credentials === serviceAccount && !URL.canParse(cluster?.server ?? '')) {
    throw new CainError(
      'CAIN_KUBERNETES_ACCESS',
      'There are no Kubernetes credentials: no KUBECONFIG, no ~/.kube/config, and this is not a pod',
      {
        hint: 'Set KUBECONFIG to a readable file, or run Cain in a pod with a service account.',
      },
    );
  }
  if (!cluster) {
    throw new CainError('CAIN_KUBERNETES_ACCESS', `No Kubernetes cluster is named by ${credentials}`, {
      hint: 'Set a current context in that file, or point KUBECONFIG at another one.',
    });
  }
  return {
    core: config.makeApiClient(CoreV1Api),
    coordination: config.makeApiClient(CoordinationV1Api),
    authorization: config.makeApiClient(AuthorizationV1Api),
    version: config.makeApiClient(VersionApi),
    exec: createExec(config),
    credentials,
  };
}

function loadCredentials(config: KubeConfig, { kubeconfig, home }: KubernetesEnvironment): string {
  const homeFile = home ? join(home, '.kube', 'config') : undefined;
  try {
    if (kubeconfig) {
      loadFiles(config, kubeconfig.split(delimiter));
      return `KUBECONFIG (${kubeconfig})`;
    }
    if (homeFile && existsSync(homeFile)) {
      config.loadFromFile(homeFile);
      return homeFile;
    }
    config.loadFromCluster();
    return serviceAccount;
  } catch (cause) {
    throw new CainError(
      'CAIN_KUBERNETES_ACCESS',
      `Kubernetes credentials can't be read: ${messageOf(cause)}`,
      {
        hint: 'Set KUBECONFIG to a readable file, or run Cain in a pod with a service account.',
        cause,
      },
    );
  }
}

/** The first file's current context counts, if it has one. */
function loadFiles(config: KubeConfig, paths: readonly string[]): void {
  const [first = '', ...others] = paths.filter((path) => path !== '');
  config.loadFromFile(first);
  for (const path of others) {
    const other = new KubeConfig();
    other.loadFromFile(path);
    config.mergeConfig(other, Boolean(config.currentContext));
  }
}
