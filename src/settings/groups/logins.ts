import { bool, file, integer, secret, text } from '../kinds.ts';
import { setting } from '../setting.ts';
import { clusterCommands } from './commands-of.ts';

const port = integer(1, 65_535);
const usedBy = clusterCommands;

export const logins = {
  authentication: setting(bool, {
    env: 'CAIN_AUTHENTICATION',
    short: 'a',
    default: 'false',
    usedBy,
    help: 'Give nodetool the user CAIN_CASSANDRA_USERNAME and the password file in the container; cqlsh finds its own',
  }),
  cassandraUsername: setting(text('name'), {
    env: 'CAIN_CASSANDRA_USERNAME',
    short: 'u',
    default: 'cain',
    usedBy,
    help: "Cassandra's role for cqlsh, and for nodetool with CAIN_AUTHENTICATION",
  }),
  cassandraPassword: setting(secret, {
    env: 'CAIN_CASSANDRA_PASSWORD',
    usedBy,
    help: "That role's password",
  }),
  nodetoolCredentialsFile: setting(text('path'), {
    env: 'CAIN_NODETOOL_CREDENTIALS_FILE',
    short: { restore: 'f' },
    default: '/home/cassandra/.nodetool/credentials',
    usedBy,
    help: 'The password file of nodetool in the Cassandra container, with CAIN_AUTHENTICATION',
  }),
  cqlHost: setting(text('host'), {
    env: 'CAIN_CQL_HOST',
    unset: "cqlsh's own default",
    usedBy,
    help: 'The address that cqlsh connects to, as seen in the Cassandra container',
  }),
  cqlPort: setting(port, {
    env: 'CAIN_CQL_PORT',
    unset: "cqlsh's own default",
    usedBy,
    help: 'The port that cqlsh connects to',
  }),
  cqlTls: setting(bool, {
    env: 'CAIN_CQL_TLS',
    default: 'false',
    usedBy,
    help: 'Let cqlsh use TLS',
  }),
  cqlCaFile: setting(file, {
    env: 'CAIN_CQL_CA_FILE',
    usedBy,
    help: "The certificate authority that signed Cassandra's certificates (PEM, in Cain's own container)",
  }),
  cqlCertFile: setting(file, {
    env: 'CAIN_CQL_CERT_FILE',
    usedBy,
    help: "The client certificate for cqlsh (PEM, in Cain's own container)",
  }),
  cqlKeyFile: setting(file, {
    env: 'CAIN_CQL_KEY_FILE',
    usedBy,
    help: "The key of that certificate (PEM, in Cain's own container)",
  }),
  jmxUsername: setting(text('name'), {
    env: 'CAIN_JMX_USERNAME',
    usedBy,
    help: 'The JMX user for nodetool',
  }),
  jmxPassword: setting(secret, {
    env: 'CAIN_JMX_PASSWORD',
    usedBy,
    help: "That user's password",
  }),
  jmxPort: setting(port, {
    env: 'CAIN_JMX_PORT',
    unset: "that of Cassandra's command line, and nodetool's own default",
    usedBy,
    help: 'The JMX port of Cassandra',
  }),
  jmxTls: setting(bool, {
    env: 'CAIN_JMX_TLS',
    default: 'false',
    usedBy,
    help: 'Let nodetool use TLS',
  }),
  jmxTruststoreFile: setting(file, {
    env: 'CAIN_JMX_TRUSTSTORE_FILE',
    usedBy,
    help: "The Java trust store for nodetool (in Cain's own container)",
  }),
  jmxTruststorePassword: setting(secret, {
    env: 'CAIN_JMX_TRUSTSTORE_PASSWORD',
    usedBy,
    help: 'The password of the trust store',
  }),
  jmxKeystoreFile: setting(file, {
    env: 'CAIN_JMX_KEYSTORE_FILE',
    usedBy,
    help: "The Java key store for nodetool (in Cain's own container)",
  }),
  jmxKeystorePassword: setting(secret, {
    env: 'CAIN_JMX_KEYSTORE_PASSWORD',
    usedBy,
    help: 'The password of the key store',
  }),
};
