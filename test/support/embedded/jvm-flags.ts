import type { NodeSettings } from './node-settings.ts';

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

/** An archive of loaded classes (AppCDS), which Java maps instead of reading them from jars. */
export interface ClassArchive {
  readonly file: string;
  /** `make`: written when the JVM ends in order. `use`: one that does not fit is ignored by the JVM. */
  readonly verb: 'make' | 'use';
}

export function serverFlags(node: NodeSettings): string[] {
  const { dir, heapMb, installation } = node;
  return [
    `-Xms${heapMb}M`,
    `-Xmx${heapMb}M`,
    '-Xss512k',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-XX:MaxDirectMemorySize=256M',
    '-XX:+PerfDisableSharedMem',
    ...serverArchiveFlags(installation.archives.server),
    ...moduleFlags(installation.line === '4.1' ? 11 : 17),
    '-Djdk.attach.allowAttachSelf=true',
    '-Dio.netty.tryReflectionSetAccessible=true',
    `-javaagent:${installation.jamm}`,
    `-Dcassandra.config=file://${dir}/conf/cassandra.yaml`,
    // By property: a class path with a folder in it can't be archived.
    `-Dcassandra-rackdc.properties=file://${dir}/conf/cassandra-rackdc.properties`,
    '-Dcassandra-foreground=yes',
    `-Dcassandra.storagedir=${dir}`,
    `-Dcassandra.logdir=${dir}`,
    `-Dlogback.configurationFile=file:${dir}/conf/logback.xml`,
    '-Djava.net.preferIPv4Stack=true',
    ...jmxFlags(node),
    ...fastStartFlags,
  ];
}

export function archiveFlags(archive: ClassArchive | undefined): string[] {
  if (!archive) return [];
  const option = archive.verb === 'make' ? 'ArchiveClassesAtExit' : 'SharedArchiveFile';
  return ['-Xshare:auto', `-XX:${option}=${archive.file}`];
}

/** The server has an agent (jamm), which Java archives only when told to, and then with a warning. */
function serverArchiveFlags(archive: ClassArchive | undefined): string[] {
  if (!archive) return [];
  const allowed = ['-XX:+UnlockDiagnosticVMOptions', '-XX:+AllowArchivingWithJavaAgent'];
  return [...allowed, ...archiveFlags(archive)];
}

/** A node alone is ready after 7 s rather than 46: it waits for nobody's gossip. */
const fastStartFlags = [
  '-Dcassandra.ring_delay_ms=1000',
  '-Dcassandra.skip_wait_for_gossip_to_settle=0',
  '-Dcassandra.superuser_setup_delay_ms=0',
  '-Dcassandra.consistent.rangemovement=false',
  // A node measures at start how large rows are in memory; a second of CPU is not worth it here.
  '-Dcassandra.memtable_row_overhead_computation_step=1000',
];

function jmxFlags({ jmxPassword, jmxPort, dir, tls }: NodeSettings): string[] {
  if (!jmxPassword && !tls) return [`-Dcassandra.jmx.local.port=${jmxPort}`];
  return [
    `-Dcassandra.jmx.remote.port=${jmxPort}`,
    `-Dcom.sun.management.jmxremote.rmi.port=${jmxPort}`,
    '-Djava.rmi.server.hostname=127.0.0.1',
    `-Dcom.sun.management.jmxremote.authenticate=${jmxPassword}`,
    `-Dcom.sun.management.jmxremote.password.file=${dir}/conf/jmx.password`,
    `-Dcom.sun.management.jmxremote.access.file=${dir}/conf/jmx.access`,
    ...(tls ? [`@${dir}/conf/jmx-tls.args`] : []),
  ];
}
