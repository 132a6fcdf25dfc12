import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cassandraYaml, rackProperties, serverLogback, toolLogback } from '../embedded/cassandra-config.ts';
import { cassandraReleases } from '../embedded/downloads.ts';
import { serverFlags } from '../embedded/jvm-flags.ts';
import type { NodeSettings } from '../embedded/node-settings.ts';
import { cqlshScript, nodetoolScript } from '../embedded/tool-scripts.ts';

/** What the entrypoint knows when the pod starts stands in capitals. */
function nodeSettings(jamm: string): NodeSettings {
  return {
    installation: {
      line: '5.0',
      version: cassandraReleases['5.0'],
      jars: '/opt/cassandra/lib',
      jamm: `/opt/cassandra/lib/${jamm}`,
      serverJava: '/opt/java/bin/java',
      toolJava: '/opt/java/bin/java',
      python3: '/usr/bin/python3',
      cqlsh: '/opt/cqlsh',
      archives: {},
    },
    pod: '',
    dir: '/var/lib/cassandra',
    address: 'ADDRESS',
    seed: 'SEED',
    jmxPort: 7199,
    clusterName: 'CLUSTER_NAME',
    dataDirectories: ['/var/lib/cassandra/data'],
    dataCenter: 'dc1',
    tokens: { count: 1, initial: 'TOKEN' },
    heapMb: 320,
    cqlPasswords: false,
    jmxPassword: false,
    tls: undefined,
    extraYaml: 'broadcast_rpc_address: ADDRESS',
  };
}

/**
 * As that of the official image: exec enters as root, and the entrypoint goes on as 999. A container that is
 * started as another user stays that, as bitnami's does. $INITIAL_TOKENS holds a token a pod; a node without $SEEDS is alone.
 */
const entrypoint = `#!/bin/sh
set -eu
home=/var/lib/cassandra
if [ "$(id -u)" = 0 ]; then
  chown 999:999 $home
  exec setpriv --reuid=999 --regid=999 --clear-groups "$0"
fi
token=$(echo "$INITIAL_TOKENS" | cut -d' ' -f$((\${HOSTNAME##*-} + 1)))
address=$(hostname -i)
mkdir -p $home/conf
cp /opt/cassandra/conf/* $home/conf/
sed -i -e 's/^rpc_address:.*/rpc_address: 0.0.0.0/' -e "s/ADDRESS/$address/" -e "s/SEED/\${SEEDS:-$address}/" \\
  -e "s/CLUSTER_NAME/$CLUSTER_NAME/" -e "s/TOKEN/$token/" $home/conf/cassandra.yaml
# On the command line, as Cassandra's own script has them.
set --
while IFS= read -r flag; do set -- "$@" "$flag"; done < $home/conf/server.args
exec /opt/java/bin/java "$@" -cp '/opt/cassandra/lib/*' org.apache.cassandra.service.CassandraDaemon
`;

/** Writes what makes Cassandra's jars an image: configuration, tools and entrypoint. */
export async function writeCassandraFiles(root: string, jamm: string): Promise<void> {
  const node = nodeSettings(jamm);
  const files: Readonly<Record<string, string>> = {
    'opt/cassandra/conf/cassandra.yaml': cassandraYaml(node),
    'opt/cassandra/conf/cassandra-rackdc.properties': rackProperties(node),
    'opt/cassandra/conf/logback.xml': serverLogback,
    'opt/cassandra/conf/logback-tools.xml': toolLogback,
    'opt/cassandra/conf/server.args': `${serverFlags(node).join('\n')}\n`,
    'usr/local/bin/nodetool': nodetoolScript(node),
    'usr/local/bin/cqlsh': cqlshScript(node),
    'usr/local/bin/docker-entrypoint.sh': entrypoint,
  };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
    if (name.startsWith('usr/local/bin/')) await chmod(join(root, name), 0o755);
  }
}
