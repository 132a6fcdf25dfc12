import { moduleFlags } from './jvm-flags.ts';

/** What stands in a container's image and configuration: programs, and where they reach the node. */
export interface ToolScripts {
  readonly java17: string;
  readonly jars: string;
  readonly nodeDir: string;
  readonly jmxPort: number;
  readonly address: string;
  /** The archive of nodetool's classes (AppCDS): half of its CPU time. Used where the file is there. */
  readonly classArchive: string;
  readonly python3: string;
  readonly cqlsh: string;
}

/**
 * Takes what Cassandra's own bin/nodetool takes, with its quirks: -p and -D are picked out, --ssl reads
 * $HOME/.cassandra/nodetool-ssl.properties, and the arguments are split at blanks, quoted or not.
 * CAIN_CDS=file makes the class archive (only for this test cluster).
 */
export function nodetoolScript(tools: ToolScripts): string {
  return `#!/bin/sh
port=${tools.jmxPort}
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
archive=''
if [ "$CAIN_CDS" ]; then archive="-XX:ArchiveClassesAtExit=$CAIN_CDS"
elif [ -f '${tools.classArchive}' ]; then archive='-XX:SharedArchiveFile=${tools.classArchive}'
fi
exec '${tools.java17}' -Xmx\${MAX_HEAP_SIZE:-128m} -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \\
  -XX:+PerfDisableSharedMem -Xshare:auto -Xlog:disable -Xlog:all=error:stderr $archive \\
  ${moduleFlags(17).join(' \\\n  ')} \\
  -Dcassandra.storagedir=${tools.nodeDir} -Dlogback.configurationFile=file:${tools.nodeDir}/conf/logback-tools.xml \\
  $jvm -cp '${tools.jars}/*' org.apache.cassandra.tools.NodeTool -p $port $args
`;
}

/** PyPI's cqlsh; without a host it goes to the node, as in a container. */
export function cqlshScript(tools: ToolScripts): string {
  return `#!/bin/sh
export PYTHONPATH='${tools.cqlsh}' PYTHONDONTWRITEBYTECODE=1
export CQLSH_HOST=\${CQLSH_HOST:-${tools.address}} CQLSH_PORT=\${CQLSH_PORT:-9042}
exec '${tools.python3}' '${tools.cqlsh}/bin/cqlsh' "$@"
`;
}
