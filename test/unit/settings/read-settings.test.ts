import { expect } from 'chai';
import fc from 'fast-check';
import type { CommandName } from '../../../src/command-names.ts';
import { CainError } from '../../../src/errors.ts';
import { readSettings } from '../../../src/settings/read-settings.ts';
import { settingRows } from '../../../src/settings/table.ts';

interface Sources {
  readonly command?: CommandName;
  readonly argv?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly onSecret?: (secret: string) => void;
}

function read({ command = 'backup', argv = [], env = {}, files = {}, onSecret }: Sources) {
  return readSettings({
    command,
    argv,
    env: { CAIN_DST: 's3://bucket/prefix', ...env },
    readFile(path) {
      const text = files[path];
      if (text === undefined) throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' });
      return text;
    },
    ...(onSecret ? { onSecret } : {}),
  });
}

function failureOf(sources: Sources): CainError {
  try {
    read(sources);
  } catch (error) {
    expect(error).to.be.instanceOf(CainError);
    if (error instanceof CainError) return error;
  }
  throw new Error('The settings were accepted');
}

describe('readSettings', () => {
  it('fills in the defaults', () => {
    const { settings, warnings } = read({});

    expect(warnings).to.be.empty;
    expect(settings).to.include({
      namespace: 'default',
      selector: 'app=cassandra',
      container: 'cassandra',
      tag: undefined,
      parallel: 4,
      memoryBytes: 64 * 1024 * 1024,
      partSizeBytes: 8388608,
      stallTimeoutMs: 20_000,
      pruneGraceMs: 86_400_000,
      coverage: 'whole',
      roles: true,
      full: false,
      keepLast: undefined,
      s3ForcePathStyle: false,
      s3Endpoint: undefined,
      s3Region: 'eu-central-1',
    });
    expect(settings.dst).to.deep.equal({ bucket: 'bucket', prefix: 'prefix' });
    expect(settings.keyspaces).to.deep.equal([]);
    expect(settings.tables).to.deep.equal([]);
    expect(settings.cassandraDataDirectories).to.deep.equal([]);
  });

  it('has a member for every row of the table', () => {
    expect(Object.keys(read({}).settings)).to.have.members(settingRows.map(([key]) => key));
  });

  it('lets flags win over the environment', () => {
    const { settings } = read({ env: { CAIN_PARALLEL: '2', CAIN_NAMESPACE: 'a' }, argv: ['-p', '8'] });

    expect(settings).to.include({ parallel: 8, namespace: 'a' });
  });

  it('takes an empty variable for an unset one', () => {
    expect(read({ env: { CAIN_PARALLEL: '', CAIN_KEEP_LAST: '', CAIN_ROLES: '' } }).settings).to.include({
      parallel: 4,
      keepLast: undefined,
      roles: true,
    });
  });

  it('names every mistake in one message', () => {
    const error = failureOf({
      env: {
        CAIN_DST: '',
        CAIN_KEYSPCE: 'shop',
        CAIN_PARALLEL: '5abc',
        CAIN_STALL_TIMEOUT: '20',
        CAIN_CQL_CA_FILE: '/none',
        CAIN_JMX_PASSWORD: 'hunter2',
      },
      argv: ['--clean', '--min-free', '200'],
    });

    expect(error.code).to.equal('CAIN_SETTINGS');
    expect(error.message.split('\n')).to.deep.equal([
      '9 settings are wrong:',
      '- --clean is a flag of restore, not of backup',
      '- CAIN_KEYSPCE is unknown, did you mean CAIN_KEYSPACE?',
      '- CAIN_PARALLEL is "5abc"; wanted: a whole number from 0 to 256, where 0 stands for as many as make sense',
      '- CAIN_STALL_TIMEOUT is "20"; wanted: a duration such as 30s, 5m, 24h, 7d or 2w, at least 1s',
      '- --min-free is "200"; wanted: a percentage from 0 to 100, such as 10 or 10%',
      '- CAIN_DST (--dst) is needed by backup: an S3 URL such as s3://bucket/prefix (Azure and Google storage are not supported)',
      "- CAIN_CQL_CA_FILE names a file that can't be read (ENOENT)",
      '- CAIN_CQL_CA_FILE and CAIN_CQL_CERT_FILE need CAIN_CQL_TLS=true',
      '- CAIN_JMX_USERNAME and CAIN_JMX_PASSWORD need each other',
    ]);
    expect(error.hint).to.contain('cain backup --help');
  });

  it('says what a schema sum is when it gets a file', () => {
    const error = failureOf({ command: 'restore', argv: ['--schema', 'schema.cql'] });

    expect(error.message)
      .to.contain('--schema is "schema.cql"; wanted: the 6 hex digits')
      .and.to.contain('not a file');
  });

  it('checks what other commands use, but does not ask for it', () => {
    expect(
      read({ command: 'schema', env: { CAIN_KEEP_LAST: '3', CAIN_S3_CA_FILE: '/none' } }).settings.keepLast,
    ).to.equal(3);
    expect(failureOf({ command: 'list', env: { CAIN_KEEP_LAST: 'three' } }).message).to.contain(
      'CAIN_KEEP_LAST',
    );
  });

  it('takes memory for one part at least', () => {
    const memory = (env: Record<string, string>) => read({ env }).settings.memoryBytes;

    expect(memory({ CAIN_S3_PART_SIZE: '128MiB' })).to.equal(128 * 1024 ** 2);
    expect(memory({ CAIN_S3_PART_SIZE: '5MiB' })).to.equal(64 * 1024 ** 2);
    expect(memory({ CAIN_S3_PART_SIZE: '5MiB', CAIN_MEMORY: '16MiB' })).to.equal(16 * 1024 ** 2);
  });

  it('asks backup and preflight for CAIN_DST', () => {
    for (const command of ['backup', 'preflight'] as const) {
      expect(failureOf({ command, env: { CAIN_DST: '' } }).message).to.contain(
        `CAIN_DST (--dst) is needed by ${command}`,
      );
    }
  });

  it('asks restore, prune and list for CAIN_SRC or CAIN_DST', () => {
    for (const command of ['restore', 'prune', 'list'] as const) {
      expect(failureOf({ command, env: { CAIN_DST: '' } }).message).to.contain(
        'CAIN_SRC or CAIN_DST is needed',
      );
      expect(
        read({ command, env: { CAIN_DST: '', CAIN_SRC: 's3://b/p/ns/c' } }).settings.src?.namespace,
      ).to.equal('ns');
    }
  });

  it('does not ask schema for a destination', () => {
    expect(read({ command: 'schema', env: { CAIN_DST: '' } }).settings.dst).to.equal(undefined);
  });

  it('derives path style and scheme from the endpoint', () => {
    const plain = read({ env: { AWS_S3_ENDPOINT: 'minio:9000', AWS_S3_NO_SSL: 'true' } }).settings;
    const secure = read({
      env: { AWS_S3_ENDPOINT: 'minio:9000', AWS_S3_FORCE_PATH_STYLE: 'false' },
    }).settings;

    expect(plain).to.include({ s3Endpoint: 'http://minio:9000', s3ForcePathStyle: true });
    expect(secure).to.include({ s3Endpoint: 'https://minio:9000', s3ForcePathStyle: false });
  });

  it('gives a restore the id of its holder', () => {
    expect(read({ command: 'restore', env: { CAIN_HOLDER: 'uid-1' } }).settings.restoreId).to.equal('uid-1');
    expect(
      read({ command: 'restore', env: { CAIN_HOLDER: 'uid-1', CAIN_RESTORE_ID: 'mine' } }).settings.restoreId,
    ).to.equal('mine');
  });

  it('warns of a lock of years that nobody can lift', () => {
    const lock = (CAIN_S3_LOCK_MODE: string, CAIN_S3_LOCK_FOR: string) =>
      read({ env: { CAIN_S3_LOCK_MODE, CAIN_S3_LOCK_FOR } }).warnings;

    expect(lock('COMPLIANCE', '3000d')[0]).to.match(/^CAIN_S3_LOCK_FOR is over a year/);
    expect(lock('COMPLIANCE', '365d')).to.deep.equal([]);
    expect(lock('GOVERNANCE', '3000d')).to.deep.equal([]);
  });

  it('sends no bytes from the pods themselves where there is a customer key', () => {
    const transfer = (env: Record<string, string>) => read({ env }).settings.transfer;
    const key = { CAIN_S3_SSE_C_KEY: Buffer.alloc(32, 'k').toString('base64') };

    expect(transfer({})).to.equal('auto');
    expect(transfer(key)).to.equal('exec');
    expect(transfer({ ...key, CAIN_TRANSFER: 'auto' })).to.equal('exec');
  });

  it('warns of a grace that is shorter than a run may take', () => {
    const { warnings } = read({ command: 'prune', env: { CAIN_PRUNE_GRACE: '5s' } });

    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.match(/^CAIN_PRUNE_GRACE is under 24h/);
  });
});

describe('readSettings and secrets', () => {
  it('reads one from its file', () => {
    const { settings } = read({
      env: { CAIN_JMX_USERNAME: 'u', CAIN_JMX_PASSWORD_FILE: '/word' },
      files: { '/word': 'hunter2\n' },
    });

    expect(settings.jmxPassword).to.equal('hunter2');
  });

  it('tells of each one, even where the settings are wrong', () => {
    const secrets: string[] = [];

    failureOf({
      env: { CAIN_JMX_PASSWORD_FILE: '/word', CAIN_PASSWORD: 'hunter3', CAIN_PARALLEL: 'x' },
      files: { '/word': 'hunter2\n' },
      onSecret: (secret) => secrets.push(secret),
    });

    expect(secrets).to.have.members(['hunter2', 'hunter3']);
  });

  it('never shows one, whatever is wrong', () => {
    const secretNames = settingRows.filter(([, row]) => row.kind.isSecret).map(([, row]) => row.env);
    const names = fc.constantFrom(...secretNames, 'CAIN_PASSWORD', 'CAIN_PASWORD', 'CAIN_CASSANDRA_PASSWRD');
    const argv = fc.constantFrom(
      ['--cassandra-password', 'hunter2'],
      ['--jmx-password=hunter2'],
      ['--password', 'hunter2'],
      ['--pasword', 'hunter2'],
      ['-w', 'hunter2'],
      ['--full', 'hunter2'],
      ['hunter2'],
    );

    fc.assert(
      fc.property(fc.uniqueArray(names), argv, (given, flags) => {
        const env = { CAIN_PARALLEL: 'x', ...Object.fromEntries(given.map((name) => [name, 'hunter2'])) };
        const error = failureOf({ env, argv: flags });
        return !JSON.stringify([error.message, error.hint, error.fields, error.stack]).includes('hunter2');
      }),
    );
  });

  it('shows no login in a URL', () => {
    const { message } = failureOf({ env: { CAIN_PUSHGATEWAY_URL: 'https://user:hunter2@host' } });

    expect(message).to.contain('//***@host').and.not.to.contain('hunter2');
  });
});
