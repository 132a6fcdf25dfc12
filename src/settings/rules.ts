import type { CommandName } from '../command-names.ts';
import { isEncrypted } from '../store/s3-options.ts';
import type { SettingKey, Settings } from './table.ts';

/** What must hold between settings. */
interface Rule {
  /** The rule is for commands that use one of these, and waits until none of them is wrong by itself. */
  readonly about: readonly SettingKey[];
  /** undefined = holds. */
  broken(settings: Settings, command: CommandName): string | undefined;
}

const readsBackups: ReadonlySet<CommandName> = new Set(['restore', 'prune', 'list', 'verify'] as const);

const saysIf = (isBroken: boolean, problem: string) => (isBroken ? problem : undefined);

export const rules: readonly Rule[] = [
  {
    about: ['src', 'dst'],
    broken: ({ src, dst }, command) =>
      saysIf(
        readsBackups.has(command) && !src && !dst,
        `CAIN_SRC or CAIN_DST is needed by ${command}: an S3 URL such as s3://bucket/prefix`,
      ),
  },
  {
    about: ['backupFirst', 'dst'],
    broken: ({ backupFirst, dst }, command) =>
      saysIf(
        command === 'restore' && backupFirst && !dst,
        'CAIN_BACKUP_FIRST needs CAIN_DST: where the backup goes that is taken before the restore',
      ),
  },
  {
    about: ['drill', 'undo', 'restoreClean'],
    broken: ({ drill, undo, restoreClean }) =>
      saysIf(
        drill && (undo || restoreClean),
        'CAIN_DRILL, CAIN_UNDO and CAIN_RESTORE_CLEAN exclude each other',
      ),
  },
  {
    about: ['drill', 'renames'],
    broken: ({ drill, renames }) =>
      saysIf(
        drill && renames !== undefined,
        'CAIN_DRILL and CAIN_RENAME exclude each other: a drill has names of its own',
      ),
  },
  {
    about: ['undo', 'restoreClean'],
    broken: ({ undo, restoreClean }) =>
      saysIf(
        undo && restoreClean,
        'CAIN_UNDO and CAIN_RESTORE_CLEAN exclude each other: what is cleaned is no way back',
      ),
  },
  {
    about: ['quick', 'full'],
    broken: ({ quick, full }, command) =>
      saysIf(
        command === 'verify' && quick !== undefined && quick === full,
        'CAIN_QUICK and CAIN_FULL (--quick, --full) are two ways to verify: choose one',
      ),
  },
  {
    about: ['node', 'renames', 'restoreMode', 'drill'],
    broken: ({ node, renames, restoreMode, drill }) =>
      saysIf(
        node !== undefined && (renames !== undefined || restoreMode === 'merge' || drill),
        'CAIN_NODE gives a node its own files beside what it holds: it goes neither with CAIN_RENAME and CAIN_RESTORE_MODE=merge nor with a drill',
      ),
  },
  {
    about: ['memoryBytes', 'partSizeBytes'],
    broken: ({ memoryBytes, partSizeBytes }) =>
      saysIf(
        memoryBytes < partSizeBytes,
        `CAIN_MEMORY must hold at least one part of CAIN_S3_PART_SIZE: leave it unset, or set it to ${partSizeBytes} or more`,
      ),
  },
  {
    about: ['cqlCertFile', 'cqlKeyFile'],
    broken: ({ cqlCertFile, cqlKeyFile }) =>
      saysIf(!cqlCertFile !== !cqlKeyFile, 'CAIN_CQL_CERT_FILE and CAIN_CQL_KEY_FILE need each other'),
  },
  {
    about: ['cqlTls', 'cqlCaFile', 'cqlCertFile'],
    broken: ({ cqlTls, cqlCaFile, cqlCertFile }) =>
      saysIf(
        !cqlTls && !!(cqlCaFile || cqlCertFile),
        'CAIN_CQL_CA_FILE and CAIN_CQL_CERT_FILE need CAIN_CQL_TLS=true',
      ),
  },
  {
    about: ['jmxTls', 'jmxTruststoreFile', 'jmxKeystoreFile'],
    broken: ({ jmxTls, jmxTruststoreFile, jmxKeystoreFile }) =>
      saysIf(
        !jmxTls && !!(jmxTruststoreFile || jmxKeystoreFile),
        'CAIN_JMX_TRUSTSTORE_FILE and CAIN_JMX_KEYSTORE_FILE need CAIN_JMX_TLS=true',
      ),
  },
  {
    about: ['jmxUsername', 'jmxPassword'],
    broken: ({ jmxUsername, jmxPassword }) =>
      saysIf(!jmxUsername !== !jmxPassword, 'CAIN_JMX_USERNAME and CAIN_JMX_PASSWORD need each other'),
  },
  {
    about: ['jmxUsername', 'jmxPassword'],
    // nodetool's script splits its arguments at blanks, and blanks end a word of its password file.
    broken: ({ jmxUsername = '', jmxPassword = '' }) =>
      saysIf(
        /\s/.test(jmxUsername + jmxPassword),
        'CAIN_JMX_USERNAME and CAIN_JMX_PASSWORD can hold no blanks: nodetool could not read them',
      ),
  },
  {
    about: ['cassandraUsername', 'cassandraPassword'],
    broken: ({ cassandraUsername, cassandraPassword = '' }) =>
      saysIf(
        [cassandraUsername, cassandraPassword].some((text) => text !== text.trim() || /[\r\n]/.test(text)),
        'CAIN_CASSANDRA_USERNAME and CAIN_CASSANDRA_PASSWORD can hold no line break, and no blank at either end: cqlsh could not read them',
      ),
  },
  {
    about: ['jmxTruststoreFile', 'jmxTruststorePassword'],
    broken: ({ jmxTruststoreFile, jmxTruststorePassword }) =>
      saysIf(
        !jmxTruststoreFile && !!jmxTruststorePassword,
        'CAIN_JMX_TRUSTSTORE_PASSWORD needs CAIN_JMX_TRUSTSTORE_FILE',
      ),
  },
  {
    about: ['jmxKeystoreFile', 'jmxKeystorePassword'],
    broken: ({ jmxKeystoreFile, jmxKeystorePassword }) =>
      saysIf(
        !jmxKeystoreFile && !!jmxKeystorePassword,
        'CAIN_JMX_KEYSTORE_PASSWORD needs CAIN_JMX_KEYSTORE_FILE',
      ),
  },
  {
    about: ['s3Sse', 's3SseKmsKeyId'],
    broken: ({ s3Sse, s3SseKmsKeyId }) =>
      saysIf(
        s3SseKmsKeyId !== undefined && !s3Sse?.startsWith('aws:kms'),
        'CAIN_S3_SSE_KMS_KEY_ID needs CAIN_S3_SSE=aws:kms or aws:kms:dsse',
      ),
  },
  {
    about: ['s3LockMode', 's3LockForMs'],
    broken: ({ s3LockMode, s3LockForMs }) =>
      saysIf(!s3LockMode !== !s3LockForMs, 'CAIN_S3_LOCK_MODE and CAIN_S3_LOCK_FOR need each other'),
  },
  {
    about: ['s3SseCustomerKey', 's3Sse'],
    broken: ({ s3SseCustomerKey, s3Sse }) =>
      saysIf(
        s3SseCustomerKey !== undefined && s3Sse !== undefined,
        'CAIN_S3_SSE_C_KEY and CAIN_S3_SSE exclude each other: the store encrypts with one key',
      ),
  },
  {
    about: ['s3SseCustomerKey', 's3Endpoint', 's3NoSsl'],
    broken: ({ s3SseCustomerKey, s3Endpoint, s3NoSsl }) =>
      saysIf(
        s3SseCustomerKey !== undefined && !isEncrypted({ endpoint: s3Endpoint, noSsl: s3NoSsl }),
        'CAIN_S3_SSE_C_KEY needs https: the key goes with every request',
      ),
  },
  {
    about: ['s3SseCustomerKey', 'transfer'],
    broken: ({ s3SseCustomerKey, transfer }) =>
      saysIf(
        s3SseCustomerKey !== undefined && transfer === 'direct',
        'CAIN_S3_SSE_C_KEY and CAIN_TRANSFER=direct exclude each other: every pod would get the key that opens what all pods have stored',
      ),
  },
  {
    about: ['pushgatewayUsername', 'pushgatewayPassword'],
    broken: ({ pushgatewayUsername, pushgatewayPassword }) =>
      saysIf(
        !pushgatewayUsername !== !pushgatewayPassword,
        'CAIN_PUSHGATEWAY_USERNAME and CAIN_PUSHGATEWAY_PASSWORD need each other',
      ),
  },
];
