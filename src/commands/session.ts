import { readFileSync } from 'node:fs';
import type { Logins } from '../cassandra/logins.ts';
import { createPodTools, type PodTools } from '../cassandra/pod-tools.ts';
import { connectKubernetes, type KubernetesClient } from '../kubernetes/client.ts';
import { type CassandraPod, listCassandraPods, type PodSelection } from '../kubernetes/pods.ts';
import type { Settings } from '../settings/table.ts';
import type { CommandContext } from './context.ts';

/** What every command that speaks to the cluster has in hand. */
export interface ClusterAccess {
  readonly kubernetes: KubernetesClient;
  readonly tools: PodTools;
  listPods(signal: AbortSignal): Promise<PodSelection>;
}

export function openClusterAccess({ settings, environment, log }: CommandContext): ClusterAccess {
  const kubernetes = connectKubernetes(environment);
  const { namespace, selector, container } = settings;
  log.debug('Using Kubernetes credentials', { credentials: kubernetes.credentials });
  return {
    kubernetes,
    tools: createPodTools({
      exec: kubernetes.exec,
      logins: loginsOf(settings),
      limitMs: settings.toolTimeoutMs,
      stallMs: settings.stallTimeoutMs,
      retries: settings.retries,
      log,
    }),
    listPods: (signal) => listCassandraPods(kubernetes.core, { namespace, selector, container }, signal),
  };
}

/** A Cassandra process in a pod, with all that was learned of it. */
export interface ClusterNode {
  readonly pod: CassandraPod;
  readonly hostId: string;
  readonly dataDirectories: readonly string[];
  readonly releaseVersion: string;
}

function loginsOf(settings: Settings): Logins {
  const isPasswordGiven = settings.cassandraPassword !== undefined;
  return {
    cql: {
      username: isPasswordGiven ? settings.cassandraUsername : undefined,
      password: settings.cassandraPassword,
      host: settings.cqlHost,
      port: settings.cqlPort,
      tls: settings.cqlTls
        ? {
            ca: contents(settings.cqlCaFile),
            cert: contents(settings.cqlCertFile),
            key: contents(settings.cqlKeyFile),
          }
        : undefined,
    },
    jmx: {
      username: settings.jmxUsername ?? (settings.authentication ? settings.cassandraUsername : undefined),
      password: settings.jmxPassword,
      passwordFile: settings.authentication ? settings.nodetoolCredentialsFile : undefined,
      port: settings.jmxPort,
      tls: settings.jmxTls
        ? {
            truststore: javaStore(settings.jmxTruststoreFile, settings.jmxTruststorePassword),
            keystore: javaStore(settings.jmxKeystoreFile, settings.jmxKeystorePassword),
          }
        : undefined,
    },
  };
}

function contents(path: string | undefined): Uint8Array | undefined {
  return path === undefined ? undefined : readFileSync(path);
}

function javaStore(
  path: string | undefined,
  password: string | undefined,
): { bytes: Uint8Array; password?: string | undefined } | undefined {
  return path === undefined ? undefined : { bytes: readFileSync(path), password };
}
