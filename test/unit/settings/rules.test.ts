import { expect } from 'chai';
import { CainError } from '../../../src/errors.ts';
import { readSettings } from '../../../src/settings/read-settings.ts';

function problemWith(
  env: Readonly<Record<string, string>>,
  command: 'backup' | 'restore' = 'backup',
): string {
  try {
    readSettings({
      command,
      argv: [],
      env: { CAIN_DST: 's3://b', ...env },
      readFile: () => 'text',
    });
    return '';
  } catch (error) {
    return error instanceof CainError ? error.message.replace('A setting is wrong: ', '') : String(error);
  }
}

const customerKey = Buffer.alloc(32, 'k').toString('base64');

describe('rules', () => {
  const broken: ReadonlyArray<readonly [Record<string, string>, string]> = [
    [
      { CAIN_MEMORY: '16MiB', CAIN_S3_PART_SIZE: '17MiB' },
      'CAIN_MEMORY must hold at least one part of CAIN_S3_PART_SIZE: leave it unset, or set it to 17825792 or more',
    ],
    [
      { CAIN_CQL_TLS: 'true', CAIN_CQL_CERT_FILE: '/c' },
      'CAIN_CQL_CERT_FILE and CAIN_CQL_KEY_FILE need each other',
    ],
    [{ CAIN_CQL_CA_FILE: '/c' }, 'CAIN_CQL_CA_FILE and CAIN_CQL_CERT_FILE need CAIN_CQL_TLS=true'],
    [
      { CAIN_JMX_KEYSTORE_FILE: '/c' },
      'CAIN_JMX_TRUSTSTORE_FILE and CAIN_JMX_KEYSTORE_FILE need CAIN_JMX_TLS=true',
    ],
    [{ CAIN_JMX_USERNAME: 'u' }, 'CAIN_JMX_USERNAME and CAIN_JMX_PASSWORD need each other'],
    [
      { CAIN_JMX_USERNAME: 'u', CAIN_JMX_PASSWORD: 'two words' },
      'CAIN_JMX_USERNAME and CAIN_JMX_PASSWORD can hold no blanks: nodetool could not read them',
    ],
    [
      { CAIN_CASSANDRA_PASSWORD: 'ends with a blank ' },
      'CAIN_CASSANDRA_USERNAME and CAIN_CASSANDRA_PASSWORD can hold no line break, and no blank at either end: cqlsh could not read them',
    ],
    [{ CAIN_JMX_TRUSTSTORE_PASSWORD: 'p' }, 'CAIN_JMX_TRUSTSTORE_PASSWORD needs CAIN_JMX_TRUSTSTORE_FILE'],
    [{ CAIN_JMX_KEYSTORE_PASSWORD: 'p' }, 'CAIN_JMX_KEYSTORE_PASSWORD needs CAIN_JMX_KEYSTORE_FILE'],
    [
      { CAIN_S3_SSE: 'AES256', CAIN_S3_SSE_KMS_KEY_ID: 'k' },
      'CAIN_S3_SSE_KMS_KEY_ID needs CAIN_S3_SSE=aws:kms or aws:kms:dsse',
    ],
    [{ CAIN_S3_LOCK_MODE: 'GOVERNANCE' }, 'CAIN_S3_LOCK_MODE and CAIN_S3_LOCK_FOR need each other'],
    [{ CAIN_S3_LOCK_FOR: '30d' }, 'CAIN_S3_LOCK_MODE and CAIN_S3_LOCK_FOR need each other'],
    [
      { CAIN_S3_SSE_C_KEY: customerKey, CAIN_S3_SSE: 'AES256' },
      'CAIN_S3_SSE_C_KEY and CAIN_S3_SSE exclude each other: the store encrypts with one key',
    ],
    [
      { CAIN_S3_SSE_C_KEY: customerKey, AWS_S3_ENDPOINT: 'http://minio:9000' },
      'CAIN_S3_SSE_C_KEY needs https: the key goes with every request',
    ],
    [
      { CAIN_S3_SSE_C_KEY: customerKey, CAIN_TRANSFER: 'direct' },
      'CAIN_S3_SSE_C_KEY and CAIN_TRANSFER=direct exclude each other: every pod would get the key that opens what all pods have stored',
    ],
    [
      { CAIN_PUSHGATEWAY_PASSWORD: 'p' },
      'CAIN_PUSHGATEWAY_USERNAME and CAIN_PUSHGATEWAY_PASSWORD need each other',
    ],
  ];
  for (const [env, wanted] of broken) {
    it(`says that ${wanted}`, () => {
      expect(problemWith(env)).to.equal(wanted);
    });
  }

  for (const other of [{ CAIN_RENAME: 'a=b' }, { CAIN_RESTORE_MODE: 'merge' }, { CAIN_DRILL: 'true' }]) {
    it(`say that CAIN_NODE does not go with ${Object.keys(other).join()}`, () => {
      expect(problemWith({ CAIN_NODE: 'pod-1', ...other }, 'restore')).to.contain('CAIN_NODE gives a node');
      expect(problemWith({ CAIN_NODE: 'pod-1' }, 'restore')).to.equal('');
    });
  }

  it('hold for settings that go together', () => {
    const env = {
      CAIN_MEMORY: '128MiB',
      CAIN_S3_PART_SIZE: '134217728',
      CAIN_CQL_TLS: 'true',
      CAIN_CQL_CA_FILE: '/ca',
      CAIN_CQL_CERT_FILE: '/cert',
      CAIN_CQL_KEY_FILE: '/key',
      CAIN_JMX_TLS: 'true',
      CAIN_JMX_USERNAME: 'u',
      CAIN_JMX_PASSWORD_FILE: '/word',
      CAIN_JMX_TRUSTSTORE_FILE: '/store',
      CAIN_JMX_TRUSTSTORE_PASSWORD: 'p',
      CAIN_S3_SSE: 'aws:kms',
      CAIN_S3_SSE_KMS_KEY_ID: 'k',
    };

    expect(problemWith(env)).to.equal('');
  });

  it("take the parts of the original's CronJob, for which the memory grows where it is not set", () => {
    expect(problemWith({ CAIN_S3_PART_SIZE: '134217728' })).to.equal('');
  });

  it('wait until the values are right by themselves', () => {
    expect(problemWith({ CAIN_MEMORY: '1MiB' })).to.match(/^CAIN_MEMORY is "1MiB"/);
  });
});
