/** What a server has against a call of cqlsh or nodetool. */
export interface Refusal {
  /** For a message: "cqlsh's login is refused". */
  readonly what: string;
  readonly hint: string;
  /** False where a node that just stops sounds the same: then trying again may help. */
  readonly isCertain: boolean;
}

const cqlTlsHint =
  'Check CAIN_CQL_TLS, CAIN_CQL_CA_FILE and, where Cassandra asks for client certificates, CAIN_CQL_CERT_FILE and CAIN_CQL_KEY_FILE.';
const jmxTlsHint =
  'Check CAIN_JMX_TLS, CAIN_JMX_TRUSTSTORE_FILE and, where Cassandra asks for client certificates, CAIN_JMX_KEYSTORE_FILE, with the passwords of these stores.';

/** In this order: the first that fits. Words of cqlsh 6.2 with Python 3.11 and of nodetool 5.0 on Java 17 and 11. */
const refusals: ReadonlyArray<readonly [pattern: RegExp, refusal: Refusal | ((line: string) => Refusal)]> = [
  [
    /^Connection error: .*(?:AuthenticationFailed|Bad credentials)/,
    {
      what: "cqlsh's login is refused",
      hint: 'Set CAIN_CASSANDRA_USERNAME and CAIN_CASSANDRA_PASSWORD, or CAIN_CASSANDRA_PASSWORD_FILE, to a role of Cassandra with its password.',
      isCertain: true,
    },
  ],
  [/\[Unauthorized\]|has no \w+ permission/, lackingRight],
  [
    /^Connection error: .*CERTIFICATE_VERIFY_FAILED/,
    {
      what: "Cassandra's certificate for CQL is not of the authority in CAIN_CQL_CA_FILE",
      hint: 'Set CAIN_CQL_CA_FILE to the certificate of the authority that signed it.',
      isCertain: true,
    },
  ],
  [
    /^Connection error: .*(?:SSLEOFError|ConnectionResetError)/,
    { what: 'CQL was hung up, perhaps because of TLS', hint: cqlTlsHint, isCertain: false },
  ],
  [
    /^Connection error: .*(?:SSLError|\[SSL|\[X509)/,
    { what: 'cqlsh and Cassandra do not agree on TLS', hint: cqlTlsHint, isCertain: true },
  ],
  [
    /^error: (?:Authentication failed!|Invalid username or password|.*password are incorrect)/,
    {
      what: "nodetool's login is refused (JMX)",
      hint: 'Set CAIN_JMX_USERNAME and CAIN_JMX_PASSWORD, or CAIN_JMX_PASSWORD_FILE, to a user of JMX with its password.',
      isCertain: true,
    },
  ],
  [
    /^error: Access [Dd]enied/,
    {
      what: "nodetool's user lacks a right (JMX)",
      hint: 'Give the user CAIN_JMX_USERNAME read and write access to JMX.',
      isCertain: true,
    },
  ],
  [
    /^(?:nodetool|error): .*(?:CertPathBuilder|ValidatorException|SSLHandshakeException|certification path|trustAnchors|trust store|KeyManagementException|keystore|non-JRMP server|unrecognized SSL message)/,
    { what: 'nodetool and Cassandra do not agree on TLS (JMX)', hint: jmxTlsHint, isCertain: true },
  ],
  [
    /^nodetool: Failed to connect .*(?:Broken pipe|Connection reset|EOFException|SSLException)/,
    { what: 'JMX was hung up, perhaps because of TLS', hint: jmxTlsHint, isCertain: false },
  ],
];

/** Cassandra names the right and the innermost resource: `has no MODIFY permission on <table shop.users> or any of its parents`. */
function lackingRight(line: string): Refusal {
  const [, right, resource] = /has no (\w+) permission on <([^>]+)>/.exec(line) ?? [];
  const missing =
    right && resource ? `${right} on ${resource}, or on its keyspace or all keyspaces` : 'what is missing';
  const purpose =
    right && right !== 'SELECT'
      ? 'A restore needs CREATE, ALTER, DROP, SELECT and MODIFY.'
      : 'A backup needs SELECT on keyspace system_views, and on system_auth to save the roles; a restore SELECT on the tables too.';
  return {
    what: "cqlsh's role lacks a right",
    hint: `Grant the role CAIN_CASSANDRA_USERNAME ${missing}. ${purpose}`,
    isCertain: true,
  };
}

/** What the one line that tells why a tool failed (see `toolErrorLine`) says of logins, rights and TLS. */
export function refusalOf(line: string): Refusal | undefined {
  const refusal = refusals.find(([pattern]) => pattern.test(line))?.[1];
  return typeof refusal === 'function' ? refusal(line) : refusal;
}
