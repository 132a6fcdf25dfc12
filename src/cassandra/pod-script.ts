/** Stands before each section of a script's output; no tool prints this byte (ASCII record separator). */
export const sectionMark = '\x1e';

/**
 * The last that every script prints. Exec may lose the tail of stdout and say Success all the same
 * (kubernetes/kubernetes#124571): output without it is not whole.
 */
export const endOfOutput = `${sectionMark}end\n`;

/**
 * Whatever becomes of the program, even if this Python can't read it: what it did not do is done by nodetool. By way of
 * a shell, which also takes a script without a first line, and with the signals that Python ignores.
 */
const quickly = `import os, signal, sys
try: exec(os.environ["CAIN_NODETOOL"])
except Exception:
  for each in (signal.SIGPIPE, signal.SIGXFSZ): signal.signal(each, signal.SIG_DFL)
  os.execv("/bin/sh", ["sh", "-c", "exec \\"$@\\"", "sh"] + sys.argv[1:])`;

/**
 * What every script in a Cassandra container begins with. No name is ever put into script text: all come as
 * arguments. Logins arrive on stdin, lie in a private folder in memory while the script runs, and never
 * show in the process list. A folder that a killed script left is removed by the next one. What the container's
 * environment says of TLS counts less than what was asked for here (cqlsh sees it the other way round).
 *
 * nodetool ends before Java's second compiler pays for itself: without it a call takes half the CPU (2.3 s and 1.1 s,
 * Cassandra 5.0.9 on Java 17). A heap that begins small takes 9 MiB less of 77. Java 9 and later read that from the environment.
 *
 * Arguments: limit in seconds, login files as "name:bytes name:bytes" or "-", the size of quick-nodetool.py or 0, jmx user, jmx password file,
 * jmx port, cql host, cql port; then the script's own.
 *
 * Most calls need no JVM at all: the program of quick-nodetool.py is asked first, where it came along, and becomes
 * nodetool, or another program, where it can't do as asked.
 *
 * What a run that was killed has sent in part is acted upon by no script: half a list may name other things.
 *
 * It gives the script: `take SIZE`, which reads so many bytes of text from stdin into `taken`, `section NAME`, `nodetool_ ARGS…`, `jmx_ PROGRAM ARGS…`
 * (with a program that is no nodetool), `cqlsh_ STATEMENTS`; and `ending`, which a script that sets a trap of its own for EXIT calls last in it.
 */
const prelude = `
limit=$1 files=$2 quick=$3 jmx_user=$4 jmx_password_file=$5 jmx_port=$6 cql_host=$7 cql_port=$8
shift 8
JDK_JAVA_OPTIONS="\${JDK_JAVA_OPTIONS-} -XX:+IgnoreUnrecognizedVMOptions -XX:TieredStopAtLevel=1 -Xms16m"
folder=
ending() { [ -z "$folder" ] || rm -rf -- "$folder"; printf '\\036end\\n'; }
trap 'rc=$?; ending; exit "$rc"' EXIT
trap 'exit 143' HUP INT TERM PIPE
if [ "$files" != - ]; then
  mask=$(umask)
  umask 077
  base=/dev/shm; [ -d "$base" ] && [ -w "$base" ] || base=/tmp
  for old in "$base"/cain-logins-*; do
    [ -d "$old" ] && ! grep -aqF cain-logins "/proc/\${old##*-}/cmdline" 2>/dev/null && rm -rf -- "$old"
  done
  folder=$base/cain-logins-$$
  rm -rf "$folder"
  mkdir "$folder" || { echo "error: can't make $folder for the logins" >&2; exit 70; }
  for entry in $files; do
    name=\${entry%%:*}
    head -c "\${entry##*:}" > "$folder/$name" || exit 70
    case $name in
      jvm|cqlshrc) sed "s|@CAIN_FOLDER@|$folder|g" "$folder/$name" > "$folder/$name.new" && mv "$folder/$name.new" "$folder/$name" || exit 70
    esac
  done
  umask "$mask"
  [ "$jmx_password_file" = @ ] && jmx_password_file=$folder/jmx
  [ -f "$folder/jvm" ] && JDK_JAVA_OPTIONS="$JDK_JAVA_OPTIONS @$folder/jvm"
  [ -f "$folder/ca.pem" ] && unset SSL_CERTFILE SSL_VALIDATE
fi
[ -z "$cql_host" ] || export CQLSH_HOST="$cql_host"
[ -z "$cql_port" ] || export CQLSH_PORT="$cql_port"
export JDK_JAVA_OPTIONS
guard=
command -v timeout >/dev/null 2>&1 && guard="timeout -k 10 $limit"
# A script that takes one of these names for its own fails at once, not in its next call of a tool.
readonly limit folder jmx_user jmx_password_file jmx_port
take() {
  taken=$(head -c "$1"; printf .)
  taken=\${taken%.}
  [ "$(printf %s "$taken" | wc -c)" -eq "$1" ] || { echo "error: what was sent to this script came cut short" >&2; exit 65; }
}
if [ "$quick" != 0 ]; then
  take "$quick"
  CAIN_NODETOOL=$taken taken=
  export CAIN_NODETOOL
  command -v python3 >/dev/null 2>&1 || quick=0
fi
readonly quick
section() { printf '\\036%s\\n' "$1"; }
nodetool_() { jmx_ nodetool "$@"; }
jmx_() {
  instead=$1
  shift
  [ -z "$jmx_user" ] || set -- -u "$jmx_user" -pwf "$jmx_password_file" "$@"
  [ -z "$jmx_port" ] || set -- -p "$jmx_port" "$@"
  set -- "$instead" "$@"
  [ "$quick" = 0 ] || set -- python3 -I -B -S -c '${quickly}' "$@"
  $guard "$@" </dev/null
}
cqlsh_() {
  # Without the line ends at its end: after the last ";" cqlsh takes them for an empty statement.
  set -- --no-color --request-timeout="$limit" -e "$(printf %s "$1")"
  [ -n "$folder" ] && [ -f "$folder/cqlshrc" ] && set -- --cqlshrc="$folder/cqlshrc" "$@"
  if [ -n "$folder" ] && [ -f "$folder/ca.pem" ] && command -v python3 >/dev/null 2>&1; then
    python3 "$folder/check-certificate.py" "\${CQLSH_HOST:-127.0.0.1}" "\${CQLSH_PORT:-9042}" "$folder" </dev/null || return
  fi
  $guard cqlsh "$@" </dev/null
}
`;

export function podScript(body: string): string {
  return `${prelude}${body}`;
}

/** The sections of a script's output by name, byte for byte between the marks; several of one name in order. */
export function parseSections(stdout: string): ReadonlyMap<string, readonly string[]> {
  const sections = new Map<string, string[]>();
  for (const part of stdout.split(sectionMark).slice(1)) {
    const lineEnd = part.indexOf('\n');
    const name = lineEnd < 0 ? part : part.slice(0, lineEnd);
    const content = lineEnd < 0 ? '' : part.slice(lineEnd + 1);
    const known = sections.get(name);
    if (known) known.push(content);
    else sections.set(name, [content]);
  }
  return sections;
}
