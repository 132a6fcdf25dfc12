import { settingRows } from '../../src/settings/table.ts';

/** Settings that have values of their own, or that the chart knows by itself. */
const setByChart: ReadonlySet<string> = new Set([
  'AWS_REGION',
  'AWS_S3_ENDPOINT',
  'AWS_S3_FORCE_PATH_STYLE',
  'CAIN_CASSANDRA_DATA_DIR',
  'CAIN_CASSANDRA_USERNAME',
  'CAIN_CONTAINER',
  'CAIN_CQL_CA_FILE',
  'CAIN_CQL_CERT_FILE',
  'CAIN_CQL_HOST',
  'CAIN_CQL_KEY_FILE',
  'CAIN_CQL_PORT',
  'CAIN_CQL_TLS',
  'CAIN_DRILL',
  'CAIN_DST',
  'CAIN_HOLDER',
  'CAIN_JMX_KEYSTORE_FILE',
  'CAIN_JMX_PORT',
  'CAIN_JMX_TLS',
  'CAIN_JMX_TRUSTSTORE_FILE',
  'CAIN_JMX_USERNAME',
  'CAIN_KEEP_DAILY',
  'CAIN_KEEP_HOURLY',
  'CAIN_KEEP_LAST',
  'CAIN_KEEP_MONTHLY',
  'CAIN_KEEP_WEEKLY',
  'CAIN_KEEP_WITHIN',
  'CAIN_KEEP_YEARLY',
  'CAIN_KEYSPACE',
  'CAIN_METRICS_JOB',
  'CAIN_NAMESPACE',
  'CAIN_PLAN',
  'CAIN_PUSHGATEWAY_URL',
  'CAIN_PUSHGATEWAY_USERNAME',
  'CAIN_S3_CA_FILE',
  'CAIN_S3_SSE',
  'CAIN_S3_SSE_KMS_KEY_ID',
  'CAIN_S3_STORAGE_CLASS',
  'CAIN_SCHEDULE',
  'CAIN_SELECTOR',
  'CAIN_TIME_ZONE',
]);

/** What is said once, for one run: kept in the values, it would hold for every later run too. */
const saidOnce: ReadonlySet<string> = new Set([
  'CAIN_PRUNE_CONFIRM',
  'CAIN_RENAME',
  'CAIN_RESTORE_CLEAN',
  'CAIN_RESTORE_CONFIRM',
  'CAIN_RESTORE_ID',
  'CAIN_RESTORE_STALE',
  'CAIN_TAG',
  'CAIN_UNDO',
]);

/** The settings that the chart's `settings` maps take, in the order of the table; secrets never. */
export const chartSettings: readonly string[] = settingRows
  .filter(([, { env, kind }]) => !kind.isSecret && !setByChart.has(env) && !saidOnce.has(env))
  .map(([, { env }]) => env);
