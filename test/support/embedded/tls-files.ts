import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runOrFail } from './run-program.ts';

/** Certificates of one authority: as PEM for cqlsh and drivers, as Java stores for the JVMs. All are paths. */
export interface TlsFiles {
  readonly ca: string;
  readonly clientCert: string;
  readonly clientKey: string;
  readonly serverKeystore: string;
  readonly clientKeystore: string;
  /** Holds the authority, for servers and clients alike. */
  readonly truststore: string;
  readonly storePassword: string;
}

/** With what an argument file, a shell or a properties file would trip over if it were not quoted. */
const storePassword = 'store "pass"\\word%';

/**
 * @param java next to which keytool lies: a PKCS #12 file of openssl's holds no certificates that Java trusts
 */
export async function createTlsFiles(dir: string, java: string): Promise<TlsFiles> {
  await mkdir(dir);
  const file = (name: string) => join(dir, name);
  const options = { cwd: dir, env: { ...process.env, STORE_PASSWORD: storePassword } };
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const openssl = (...args: string[]) => runOrFail(['openssl', ...args], options);

  await openssl(
    'req',
    '-x509',
    ...newKey,
    '-days',
    '1',
    '-subj',
    '/CN=ca',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
  );
  for (const name of ['server', 'client']) {
    const [key, request, cert] = [`${name}.key`, `${name}.csr`, `${name}.pem`];
    await openssl('req', ...newKey, '-subj', `/CN=${name}`, '-keyout', key, '-out', request);
    await openssl(
      ...['x509', '-req', '-in', request, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'],
      ...['-days', '1', '-out', cert],
    );
    await openssl(
      ...['pkcs12', '-export', '-in', cert, '-inkey', key, '-certfile', 'ca.pem', '-name', name],
      ...['-out', `${name}.p12`, '-passout', 'env:STORE_PASSWORD'],
    );
  }
  await runOrFail(
    [
      ...[join(dirname(java), 'keytool'), '-importcert', '-noprompt', '-alias', 'ca', '-file', 'ca.pem'],
      ...['-keystore', 'truststore.p12', '-storetype', 'PKCS12', '-storepass:env', 'STORE_PASSWORD'],
    ],
    options,
  );
  return {
    ca: file('ca.pem'),
    clientCert: file('client.pem'),
    clientKey: file('client.key'),
    serverKeystore: file('server.p12'),
    clientKeystore: file('client.p12'),
    truststore: file('truststore.p12'),
    storePassword,
  };
}

/** For cassandra.yaml: nobody comes in without TLS and a certificate of the authority's. */
export function cqlTlsYaml({ serverKeystore, truststore, storePassword: password }: TlsFiles): string[] {
  return [
    'client_encryption_options:',
    '  enabled: true',
    '  optional: false',
    '  require_client_auth: true',
    '  store_type: PKCS12',
    `  keystore: ${serverKeystore}`,
    `  keystore_password: ${JSON.stringify(password)}`,
    `  truststore: ${truststore}`,
    `  truststore_password: ${JSON.stringify(password)}`,
  ];
}

/** The same for JMX, as an argument file: it keeps the passwords out of the process list. */
export function jmxTlsArguments({ serverKeystore, truststore, storePassword: password }: TlsFiles): string {
  return argumentFile([
    '-Dcom.sun.management.jmxremote.ssl=true',
    '-Dcom.sun.management.jmxremote.ssl.need.client.auth=true',
    `-Djavax.net.ssl.keyStore=${serverKeystore}`,
    `-Djavax.net.ssl.keyStorePassword=${password}`,
    `-Djavax.net.ssl.trustStore=${truststore}`,
    `-Djavax.net.ssl.trustStorePassword=${password}`,
  ]);
}

/** What a person puts into a file for nodetool. */
export function nodetoolTlsArguments({
  clientKeystore,
  truststore,
  storePassword: password,
}: TlsFiles): string {
  return argumentFile([
    '-Dssl.enable=true',
    `-Djavax.net.ssl.keyStore=${clientKeystore}`,
    `-Djavax.net.ssl.keyStorePassword=${password}`,
    `-Djavax.net.ssl.trustStore=${truststore}`,
    `-Djavax.net.ssl.trustStorePassword=${password}`,
  ]);
}

function argumentFile(options: readonly string[]): string {
  return options.map((option) => `${JSON.stringify(option)}\n`).join('');
}
