import type { CassandraPod } from '../kubernetes/pods.ts';
import {
  type JournalPlan,
  journalPlanText,
  type NodeJournal,
  parseJournals,
  type TableState,
} from './journal.ts';
import { journalFunctions } from './journal-script.ts';
import { type PodTools, sectionOf } from './pod-tools.ts';
import { restoreDirectoryName } from './restore-paths.ts';

const readBody = `
section journals
count=0
for directory; do
  for journal in "$directory"/${restoreDirectoryName}/*/journal; do
    [ -d "$journal" ] || continue
    count=$((count + 1))
    printf 'J\\t%s\\n' "$journal"
    if [ -s "$journal/plan.json" ]; then printf 'P\\t'; cat "$journal/plan.json" || exit; fi
    [ -f "$journal/finished" ] && printf 'F\\n'
    [ -f "$journal/undone" ] && printf 'N\\n'
    [ -f "$journal/undo-given-up" ] && printf 'G\\n'
    for file in "$journal"/tables/*; do
      [ -f "$file" ] || continue
      name=\${file##*/}
      case $name in
        *.state) read -r state < "$file" && printf 'S\\t%s\\t%s\\n' "\${name%.state}" "$state" ;;
        *.id) read -r id < "$file" && printf 'I\\t%s\\t%s\\n' "\${name%.id}" "$id" ;;
        *.off) printf 'O\\t%s\\n' "\${name%.off}" ;;
        *.undo)
          while read -r snapshot full part; do
            printf 'U\\t%s\\t%s\\t%s\\t%s\\n' "\${name%.undo}" "$snapshot" "$full" "$part"
          done < "$file" ;;
      esac
    done
  done
done
printf 'E\\t%s\\n' "$count"
`;

/** Every journal that lies on a node. One exec call. */
export async function readJournals(
  tools: PodTools,
  pod: CassandraPod,
  dataDirectories: readonly string[],
  signal: AbortSignal,
): Promise<readonly NodeJournal[]> {
  const call = { purpose: 'Reading the restore journals', body: readBody, args: dataDirectories, signal };
  return parseJournals(sectionOf(await tools.run(pod, call), 'journals'), pod.name);
}

const beginBody = `
journal=$1 size=$2
${journalFunctions}
mkdir -p "$journal/tables" "$journal/sums" "$journal/scratch" || exit
alone
if ! [ -s "$journal/plan.json" ]; then
  # Nobody could read a part of it, and no run would get past it.
  take "$size"
  printf %s "$taken" | put plan.json || exit
fi
section begun
`;

/** Writes what the restore is to do, unless an earlier run of it did. */
export async function beginJournal(
  tools: PodTools,
  pod: CassandraPod,
  { journal, plan }: { journal: string; plan: JournalPlan },
  signal: AbortSignal,
): Promise<void> {
  const input = Buffer.from(journalPlanText(plan));
  const args = [journal, String(input.length)];
  const call = { purpose: 'Beginning the restore journal', body: beginBody, args, input, signal };
  sectionOf(await tools.run(pod, call), 'begun');
}

const recordBody = `
journal=$1 size=$2
${journalFunctions}
alone
head -c "$size" | while read -r name state; do record "$name" "$state" || exit; done || exit
section recorded
`;

/** Records the states of tables, by `keyspace.table`. */
export async function recordStates(
  tools: PodTools,
  pod: CassandraPod,
  { journal, states }: { journal: string; states: ReadonlyMap<string, TableState> },
  signal: AbortSignal,
): Promise<void> {
  if (states.size === 0) return;
  const input = Buffer.from([...states].map(([name, state]) => `${name} ${state}\n`).join(''));
  const args = [journal, String(input.length)];
  const call = { purpose: 'Writing the restore journal', body: recordBody, args, input, signal };
  sectionOf(await tools.run(pod, call), 'recorded');
}

const finishBody = `
journal=$1
shift
${journalFunctions}
alone
for root; do
  for entry in "$root"/*; do
    [ "$entry" = "$journal" ] || rm -rf -- "$entry" || exit
  done
done
rm -rf -- "$journal/sums" "$journal/scratch" || exit
for file in "$journal"/tables/*.state; do
  [ -f "$file" ] || continue
  read -r state < "$file"
  # An undo finishes a restore that was killed: what that never truncated must not read as truncated ever after.
  case $state in staged | truncating) continue ;; esac
  printf 'cleaned\\n' > "$file.new" && mv -f -- "$file.new" "$file" || exit
done
printf 'finished\\n' | put finished || exit
rm -f -- "$journal/running"
section finished
`;

/** Removes all staging of a restore and marks it as finished; what the journal says of it stays. */
export async function finishJournal(
  tools: PodTools,
  pod: CassandraPod,
  { journal, roots }: { journal: string; roots: readonly string[] },
  signal: AbortSignal,
): Promise<void> {
  const call = { purpose: 'Removing the staging', body: finishBody, args: [journal, ...roots], signal };
  sectionOf(await tools.run(pod, call), 'finished');
}

const markBody = `
journal=$1 mark=$2
${journalFunctions}
alone
printf '%s\\n' "$mark" | put "$mark" || exit
rm -f -- "$journal/running"
section marked
`;

async function mark(
  tools: PodTools,
  pod: CassandraPod,
  { journal, name, purpose }: { journal: string; name: string; purpose: string },
  signal: AbortSignal,
): Promise<void> {
  const call = { purpose, body: markBody, args: [journal, name], signal };
  sectionOf(await tools.run(pod, call), 'marked');
}

/** Marks a restore as taken back. */
export async function markUndone(
  tools: PodTools,
  pod: CassandraPod,
  journal: string,
  signal: AbortSignal,
): Promise<void> {
  await mark(tools, pod, { journal, name: 'undone', purpose: 'Marking the restore as undone' }, signal);
}

/** Marks a restore as taken back in part. */
export async function markUndoGivenUp(
  tools: PodTools,
  pod: CassandraPod,
  journal: string,
  signal: AbortSignal,
): Promise<void> {
  const purpose = 'Marking the restore as undone in part';
  await mark(tools, pod, { journal, name: 'undo-given-up', purpose }, signal);
}
