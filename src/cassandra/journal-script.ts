/**
 * What scripts that touch a journal begin with; `journal` is their first argument. Whatever is written is on the disk
 * before it gets its name, so that a crash leaves the old text or the new one.
 *
 * No file's name may end with ".db", as a table's may: Cassandra would take it for a broken SSTable and not start.
 *
 * It gives: `flush FILES…`, `put NAME` (from stdin), `record TABLE STATE`, and `alone`, which waits until no script of
 * an earlier call works on this journal: a connection that is cut does not end what it started. It waits as long as a
 * call may take, or `patience` seconds where a script has set that.
 */
export const journalFunctions = `
LC_ALL=C
export LC_ALL
flush() { sync "$@" 2>/dev/null || sync; }
put() {
  target=$journal/$1
  cat > "$target.new" && flush "$target.new" && mv -f "$target.new" "$target" && flush "\${target%/*}"
}
record() { printf '%s\\n' "$2" | put "tables/$1.state"; }
alone() {
  waited=0
  while [ -f "$journal/running" ]; do
    other=
    read -r other < "$journal/running" || :
    [ -n "$other" ] && [ "$other" != $$ ] && grep -aqF -- "$journal" "/proc/$other/cmdline" 2>/dev/null || break
    [ "$waited" -lt "\${patience:-$limit}" ] || { echo "error: process $other of an earlier call still works on $journal" >&2; exit 75; }
    waited=$((waited + 1))
    sleep 1
  done
  printf '%s\\n' $$ > "$journal/running"
}
`;
