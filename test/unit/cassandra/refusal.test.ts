import { expect } from 'chai';
import { refusalOf } from '../../../src/cassandra/refusal.ts';
import { toolErrorLine } from '../../../src/cassandra/tool-error.ts';
import { readSample } from '../../support/cassandra-samples.ts';

const noServer = (reason: string) =>
  `Connection error: ('Unable to connect to any servers', {'127.0.0.1:9042': ${reason}})`;
const noJmx = (reason: string) => `nodetool: Failed to connect to '127.0.0.1:7199' - ${reason}.`;

describe('refusalOf', () => {
  const lines: ReadonlyArray<readonly [about: string, line: string, setting: string]> = [
    ['a wrong CQL password', toolErrorLine(readSample('5.0.9/auth-bad')), 'CAIN_CASSANDRA_PASSWORD'],
    [
      'no CQL password',
      noServer("AuthenticationFailed('Remote end requires authentication')"),
      'CAIN_CASSANDRA_PASSWORD',
    ],
    [
      'a role without a right',
      '<stdin>:1:Unauthorized: Error from server: code=2100 [Unauthorized] message="User u has no SELECT permission on <table a.b> or any of its parents"',
      'CAIN_CASSANDRA_USERNAME',
    ],
    [
      'another authority',
      'Connection error: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate in certificate chain (_ssl.c:1006)',
      'CAIN_CQL_CA_FILE',
    ],
    [
      'another authority, in the words of the drivers that look',
      noServer("SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed')"),
      'CAIN_CQL_CA_FILE',
    ],
    [
      "a client's certificate of another authority",
      noServer("SSLError(1, '[SSL: TLSV1_ALERT_INTERNAL_ERROR] tlsv1 alert internal error (_ssl.c:2580)')"),
      'CAIN_CQL_CERT_FILE',
    ],
    [
      'a key that does not fit',
      noServer("SSLError(116, '[X509: KEY_VALUES_MISMATCH] key values mismatch (_ssl.c:3926)')"),
      'CAIN_CQL_KEY_FILE',
    ],
    ['a wrong JMX password', toolErrorLine(readSample('5.0.9/jmx-auth-bad')), 'CAIN_JMX_PASSWORD'],
    ['no JMX password', 'error: Authentication failed! Credentials required', 'CAIN_JMX_PASSWORD'],
    [
      'a JMX user who may only read',
      'error: Access denied! Invalid access level for requested MBeanServer operation.',
      'CAIN_JMX_USERNAME',
    ],
    [
      'another authority of JMX',
      noJmx("SunCertPathBuilderException: 'unable to find valid certification path to requested target'"),
      'CAIN_JMX_TRUSTSTORE_FILE',
    ],
    [
      'a wrong password of the trust store',
      noJmx("KeyManagementException: 'problem accessing trust store'"),
      'CAIN_JMX_TRUSTSTORE_FILE',
    ],
    [
      'no password of the trust store',
      noJmx("InvalidAlgorithmParameterException: 'the trustAnchors parameter must be non-empty'"),
      'CAIN_JMX_TRUSTSTORE_FILE',
    ],
    [
      'a wrong password of the key store',
      noJmx("KeyManagementException: 'keystore password was incorrect'"),
      'CAIN_JMX_KEYSTORE_FILE',
    ],
    [
      'JMX without TLS to a server with it',
      noJmx("ConnectIOException: 'non-JRMP server at remote endpoint'"),
      'CAIN_JMX_TLS',
    ],
  ];
  for (const [about, line, setting] of lines) {
    it(`knows ${about} and what to set`, () => {
      const refusal = refusalOf(line);

      expect(refusal?.isCertain).to.equal(true);
      expect(refusal?.hint).to.match(new RegExp(`\\b${setting}\\b`));
    });
  }

  it('names the right that is missing, and what needs it', () => {
    const hintOf = (right: string, resource: string) =>
      refusalOf(
        `<stdin>:1:Unauthorized: Error from server: code=2100 [Unauthorized] message="User u has no ${right} permission on <${resource}> or any of its parents"`,
      )?.hint;

    expect(hintOf('MODIFY', 'table shop.users')).to.equal(
      'Grant the role CAIN_CASSANDRA_USERNAME MODIFY on table shop.users, or on its keyspace or all keyspaces. A restore needs CREATE, ALTER, DROP, SELECT and MODIFY.',
    );
    expect(hintOf('SELECT', 'table system_views.settings')).to.contain('A backup needs SELECT');
    expect(refusalOf('[Unauthorized] message="no"')?.hint).to.contain('what is missing');
  });

  it('only suspects TLS where a node that stops says the same', () => {
    const suspicious = [
      noServer("ConnectionResetError(104, 'Connection reset by peer')"),
      noServer("SSLEOFError(8, 'EOF occurred in violation of protocol (_ssl.c:2427)')"),
      noJmx("SocketException: 'Broken pipe'"),
    ];

    const refusals = suspicious.map((line) => refusalOf(line));

    expect(refusals.map((refusal) => refusal?.isCertain)).to.deep.equal([false, false, false]);
    for (const refusal of refusals) expect(refusal?.hint).to.match(/TLS/);
  });

  it('has nothing to say of a server that is down, or of a statement that fails', () => {
    const others = [
      noServer("ConnectionRefusedError(111, 'Connection refused')"),
      noJmx("ConnectException: 'Connection refused'"),
      '<stdin>:1:InvalidRequest: Error from server: code=2200 [Invalid query] message="table x does not exist"',
      'error: Snapshot snap1 already exists.',
    ];

    expect(others.map((line) => refusalOf(line))).to.deep.equal(others.map(() => undefined));
  });
});
