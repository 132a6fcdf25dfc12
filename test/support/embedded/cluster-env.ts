import { randomUUID } from 'node:crypto';
import { cqlLogin } from './cql.ts';
import { jmxLogin } from './node-settings.ts';
import type { EmbeddedS3 } from './s3-server.ts';
import type { TlsFiles } from './tls-files.ts';

export interface ClusterPlace {
  readonly namespace: string;
  readonly kubeconfigFile: string;
  readonly home: string;
  readonly s3: EmbeddedS3 | undefined;
  readonly pushgateway: { readonly url: string } | undefined;
  readonly cqlPasswords: boolean;
  readonly jmxPassword: boolean;
  readonly tls: TlsFiles | undefined;
}

/** The whole environment of Cain's process, as the chart's CronJob sets it. */
export function clusterEnv(place: ClusterPlace): Record<string, string> {
  const { s3, pushgateway } = place;
  return {
    CAIN_NAMESPACE: place.namespace,
    CAIN_SELECTOR: 'app=cassandra',
    CAIN_CONTAINER: 'cassandra',
    CAIN_HOLDER: randomUUID(),
    KUBECONFIG: place.kubeconfigFile,
    HOME: place.home,
    PATH: process.env.PATH ?? '',
    ...(s3 ? s3Settings(s3) : {}),
    ...(pushgateway ? { CAIN_PUSHGATEWAY_URL: pushgateway.url } : {}),
    ...(place.cqlPasswords ? cqlSettings : {}),
    ...(place.jmxPassword ? jmxSettings : {}),
    ...(place.tls ? tlsSettings(place.tls) : {}),
  };
}

function s3Settings(s3: EmbeddedS3): Record<string, string> {
  return {
    CAIN_DST: `s3://${s3.bucket}/cain`,
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
    AWS_REGION: s3.region,
    AWS_S3_ENDPOINT: s3.endpoint,
    AWS_S3_FORCE_PATH_STYLE: 'true',
  };
}

const cqlSettings = {
  CAIN_CASSANDRA_USERNAME: cqlLogin.username,
  CAIN_CASSANDRA_PASSWORD: cqlLogin.password,
};

const jmxSettings = { CAIN_JMX_USERNAME: jmxLogin.username, CAIN_JMX_PASSWORD: jmxLogin.password };

function tlsSettings(tls: TlsFiles): Record<string, string> {
  return {
    CAIN_CQL_TLS: 'true',
    CAIN_CQL_CA_FILE: tls.ca,
    CAIN_CQL_CERT_FILE: tls.clientCert,
    CAIN_CQL_KEY_FILE: tls.clientKey,
    CAIN_JMX_TLS: 'true',
    CAIN_JMX_TRUSTSTORE_FILE: tls.truststore,
    CAIN_JMX_TRUSTSTORE_PASSWORD: tls.storePassword,
    CAIN_JMX_KEYSTORE_FILE: tls.clientKeystore,
    CAIN_JMX_KEYSTORE_PASSWORD: tls.storePassword,
  };
}
