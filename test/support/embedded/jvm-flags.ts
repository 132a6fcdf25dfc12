import type { CassandraLine } from './downloads.ts';

// Which flags: conf/jvm11-server.options (4.x) and conf/jvm17-server.options (5.0) of Cassandra's sources.
const exportsOfBoth = [
  'java.base/jdk.internal.misc',
  'java.management.rmi/com.sun.jmx.remote.internal.rmi',
  'java.rmi/sun.rmi.registry',
  'java.rmi/sun.rmi.server',
  'java.sql/java.sql',
];
const opensOfBoth = [
  'java.base/java.lang.module',
  'java.base/jdk.internal.loader',
  'java.base/jdk.internal.ref',
  'java.base/jdk.internal.reflect',
  'java.base/jdk.internal.math',
  'java.base/jdk.internal.module',
  'java.base/jdk.internal.util.jar',
  'jdk.management/com.sun.management.internal',
];
const exportsOf11 = ['java.base/jdk.internal.ref', 'java.base/sun.nio.ch'];
const exportsOf17 = ['java.base/java.lang.ref', 'jdk.unsupported/sun.misc'];
const opensOf17 = [
  'java.base/sun.nio.ch',
  'java.base/java.io',
  'java.base/java.lang',
  'java.base/java.lang.reflect',
  'java.base/java.util',
  // Without it 5.0.9 dies at start when JMX wants a password.
  'java.management/com.sun.jmx.remote.security',
];

/** The module flags that Cassandra and its tools need on this Java. */
export function moduleFlags(java: 11 | 17): string[] {
  const exported = [...exportsOfBoth, ...(java === 11 ? exportsOf11 : exportsOf17)];
  const opened = [...opensOfBoth, ...(java === 11 ? [] : opensOf17)];
  return [
    ...exported.map((name) => `--add-exports=${name}=ALL-UNNAMED`),
    ...opened.map((name) => `--add-opens=${name}=ALL-UNNAMED`),
  ];
}

export interface ServerFlags {
  readonly line: CassandraLine;
  readonly dir: string;
  readonly jamm: string;
  readonly heapMb: number;
  readonly jmxPort: number;
  readonly address: string;
  /** True where JMX asks for the passwords in `<dir>/conf/jmx.password`. */
  readonly jmxPassword: boolean;
}

export function serverFlags(server: ServerFlags): string[] {
  const { dir, heapMb } = server;
  return [
    `-Xms${heapMb}M`,
    `-Xmx${heapMb}M`,
    '-Xss512k',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-XX:MaxDirectMemorySize=256M',
    '-XX:+PerfDisableSharedMem',
    ...moduleFlags(server.line === '4.1' ? 11 : 17),
    '-Djdk.attach.allowAttachSelf=true',
    '-Dio.netty.tryReflectionSetAccessible=true',
    `-javaagent:${server.jamm}`,
    `-Dcassandra.config=file://${dir}/conf/cassandra.yaml`,
    '-Dcassandra-foreground=yes',
    `-Dcassandra.storagedir=${dir}`,
    `-Dcassandra.logdir=${dir}`,
    `-Dlogback.configurationFile=file:${dir}/conf/logback.xml`,
    '-Djava.net.preferIPv4Stack=true',
    ...jmxFlags(server),
    ...fastStartFlags,
  ];
}

/** A node alone is ready after 7 s rather than 46: it waits for nobody's gossip. */
const fastStartFlags = [
  '-Dcassandra.ring_delay_ms=1000',
  '-Dcassandra.skip_wait_for_gossip_to_settle=0',
  '-Dcassandra.superuser_setup_delay_ms=0',
  '-Dcassandra.consistent.rangemovement=false',
];

function jmxFlags({ jmxPassword, jmxPort, dir }: ServerFlags): string[] {
  if (!jmxPassword) return [`-Dcassandra.jmx.local.port=${jmxPort}`];
  return [
    `-Dcassandra.jmx.remote.port=${jmxPort}`,
    `-Dcom.sun.management.jmxremote.rmi.port=${jmxPort}`,
    '-Djava.rmi.server.hostname=127.0.0.1',
    '-Dcom.sun.management.jmxremote.authenticate=true',
    `-Dcom.sun.management.jmxremote.password.file=${dir}/conf/jmx.password`,
    `-Dcom.sun.management.jmxremote.access.file=${dir}/conf/jmx.access`,
  ];
}
