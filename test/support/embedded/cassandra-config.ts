import type { NodeSettings } from './node-settings.ts';
import { cqlTlsYaml } from './tls-files.ts';

/** The settings that 4.1 and 5.0 both take; all else keeps its default. Every path is absolute. */
export function cassandraYaml(node: NodeSettings): string {
  const initialToken = node.tokens.initial === undefined ? [] : [`initial_token: '${node.tokens.initial}'`];
  const passwords = node.cqlPasswords
    ? ['authenticator: PasswordAuthenticator', 'authorizer: CassandraAuthorizer']
    : [];
  const lines = [
    `cluster_name: ${JSON.stringify(node.clusterName)}`,
    `num_tokens: ${node.tokens.count}`,
    ...initialToken,
    'partitioner: org.apache.cassandra.dht.Murmur3Partitioner',
    `data_file_directories: ${JSON.stringify(node.dataDirectories)}`,
    `commitlog_directory: ${node.dir}/commitlog`,
    `saved_caches_directory: ${node.dir}/saved_caches`,
    `hints_directory: ${node.dir}/hints`,
    `cdc_raw_directory: ${node.dir}/cdc_raw`,
    'commitlog_sync: periodic',
    'commitlog_sync_period: 10000ms',
    'commitlog_segment_size: 8MiB',
    'commitlog_total_space: 256MiB',
    'seed_provider:',
    '  - class_name: org.apache.cassandra.locator.SimpleSeedProvider',
    `    parameters: [{seeds: "${node.seed}"}]`,
    `listen_address: ${node.address}`,
    `rpc_address: ${node.address}`,
    'storage_port: 7000',
    'native_transport_port: 9042',
    'start_native_transport: true',
    'endpoint_snitch: GossipingPropertyFileSnitch',
    'auto_bootstrap: false',
    'concurrent_compactors: 1',
    'memtable_heap_space: 64MiB',
    'memtable_offheap_space: 64MiB',
    'key_cache_size: 8MiB',
    'file_cache_size: 64MiB',
    'materialized_views_enabled: true',
    'sasi_indexes_enabled: true',
    'user_defined_functions_enabled: true',
    // Several nodes share two cores with the tests: slow is not down.
    ...['read', 'range', 'write', 'counter_write'].map((kind) => `${kind}_request_timeout: 30000ms`),
    'request_timeout: 30000ms',
    ...passwords,
    ...(node.tls ? cqlTlsYaml(node.tls) : []),
    node.extraYaml,
  ];
  return `${lines.join('\n')}\n`;
}

export function rackProperties({ dataCenter }: NodeSettings): string {
  return `dc=${dataCenter}\nrack=r1\n`;
}

/** To standard output, which goes to the node's log file together with what the JVM itself says. */
export const serverLogback = logback('System.out', 'INFO');

/** For nodetool: warnings, as the real one's logback-tools.xml does. */
export const toolLogback = logback('System.err', 'WARN');

/** ISO8601, since logback 1.5 reads the SSS of the usual pattern as a time zone and throws. */
function logback(target: string, level: string): string {
  return `<configuration>
  <appender name="LOG" class="ch.qos.logback.core.ConsoleAppender">
    <target>${target}</target>
    <encoder><pattern>%-5level [%thread] %date{ISO8601} %F:%L - %msg%n</pattern></encoder>
  </appender>
  <root level="${level}"><appender-ref ref="LOG"/></root>
</configuration>
`;
}

/** Token i of a ring of `size` with even ranges: −2^63 + i·⌊2^64 / size⌋. */
export function evenToken(index: number, size: number): string {
  return String(-(2n ** 63n) + BigInt(index) * (2n ** 64n / BigInt(size)));
}
