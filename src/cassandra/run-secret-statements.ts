import type { CassandraPod } from '../kubernetes/pods.ts';
import { type PodTools, sectionOf } from './pod-tools.ts';

/**
 * Statements lie in memory, in a private folder that goes with the script (by its name the next script with logins removes
 * one that was killed), and show in no process list.
 */
const secretBody = `
size=$1
base=/dev/shm; [ -d "$base" ] && [ -w "$base" ] || base=/tmp
secrets=$base/cain-logins-roles-$$
finish() { rc=$?; trap - EXIT; rm -rf -- "$secrets"; ending; exit "$rc"; }
trap finish EXIT
( umask 077; rm -rf -- "$secrets"; mkdir -- "$secrets" && head -c "$size" > "$secrets/statements" ) || exit 70
[ "$(wc -c < "$secrets/statements")" -eq "$size" ] || { echo "error: the statements came cut short" >&2; exit 65; }
cqlsh_ "SOURCE '$secrets/statements'" >&2 || exit
section done
`;

/** Runs statements (without ";") of which nobody may read a word. Not every cqlsh tells that one failed: read back what they did. */
export async function runSecretStatements(
  tools: PodTools,
  pod: CassandraPod,
  statements: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const input = Buffer.from(statements.map((statement) => `${statement};\n`).join(''));
  const args = [String(input.length)];
  const call = { purpose: 'Making the roles', body: secretBody, args, input, signal };
  sectionOf(await tools.run(pod, call), 'done');
}
