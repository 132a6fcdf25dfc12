import { archiveFlags, moduleFlags } from './jvm-flags.ts';
import type { NodeSettings } from './node-settings.ts';

/**
 * Takes what Cassandra's own bin/nodetool takes, with its quirks: -p and -D are picked out, --ssl reads
 * $HOME/.cassandra/nodetool-ssl.properties, and the arguments are split at blanks, quoted or not.
 */
export function nodetoolScript({ installation, dir, jmxPort }: NodeSettings): string {
  return `#!/bin/sh
port=${jmxPort}
args=''
jvm=''
while [ "$1" ]; do
  case $1 in
    -p | --port) port=$2; shift ;;
    --port=*) port=\${1#--port=} ;;
    --ssl)
      jvm="$jvm -Dssl.enable=true"
      file=$HOME/.cassandra/nodetool-ssl.properties
      [ ! -f "$file" ] || jvm="$jvm $(tr '\\n' ' ' < "$file")" ;;
    -D*) jvm="$jvm $1" ;;
    *) args="$args $1" ;;
  esac
  shift
done
exec '${installation.toolJava}' -Xmx\${MAX_HEAP_SIZE:-128m} -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \\
  -XX:+PerfDisableSharedMem -Xlog:disable -Xlog:all=error:stderr ${archiveFlags(installation.archives.nodetool).join(' ')} \\
  ${moduleFlags(17).join(' \\\n  ')} \\
  -Dcassandra.storagedir=${dir} -Dlogback.configurationFile=file:${dir}/conf/logback-tools.xml \\
  $jvm -cp '${installation.jars}/*' org.apache.cassandra.tools.NodeTool -p $port $args
`;
}

/** PyPI's cqlsh. Where it goes without a host says the container's environment. */
export function cqlshScript({ installation }: NodeSettings): string {
  return `#!/bin/sh
export PYTHONPATH='${installation.cqlsh}' PYTHONDONTWRITEBYTECODE=1
exec '${installation.python3}' '${installation.cqlsh}/bin/cqlsh' "$@"
`;
}
