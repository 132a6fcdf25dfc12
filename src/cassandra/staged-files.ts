import type { CassandraPod } from '../kubernetes/pods.ts';
import { sumLine } from '../sum-line.ts';
import { journalFunctions } from './journal-script.ts';
import { type PodTools, sectionOf } from './pod-tools.ts';
import { unreadableOutput } from './unreadable.ts';

/** Reading terabytes again takes hours; a connection that dies is noticed in seconds all the same. */
const readLimitMs = 48 * 3600_000;

const checkBody = `
size=$1
shift
LC_ALL=C
export LC_ALL
for root; do sync -f -- "$root" 2>/dev/null || sync; done
section failed
head -c "$size" | sha256sum --check --quiet 2>/dev/null
result=$?
section result
echo "$result"
`;

/**
 * Brings what was staged to the disk, then reads it again: the paths (of these, with their SHA-256 in hex) that lie
 * there with just these bytes.
 */
export async function checkStaged(
  tools: PodTools,
  pod: CassandraPod,
  { sums, roots }: { sums: ReadonlyMap<string, string>; roots: readonly string[] },
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  if (sums.size === 0) return new Set();
  const input = Buffer.from([...sums].map(([path, sum]) => sumLine(path, sum)).join(''));
  const args = [String(input.length), ...roots];
  const call = {
    purpose: 'Checking the staged files',
    body: checkBody,
    args,
    input,
    signal,
    limitMs: readLimitMs,
  };
  const sections = await tools.run(pod, call);
  const right = new Set(sums.keys());
  for (const line of sectionOf(sections, 'failed').split('\n')) {
    if (line === '') continue;
    const path = /^(.+): FAILED(?: open or read)?$/.exec(line)?.[1];
    if (path === undefined || !right.delete(path)) throw unreadableOutput('sha256sum', line);
  }
  // Silence counts only with the exit code that goes with it.
  const result = sectionOf(sections, 'result').trim();
  if (result !== (right.size === sums.size ? '0' : '1'))
    throw unreadableOutput('sha256sum', `exit code ${result}`);
  return right;
}

const recallBody = `
journal=$1
${journalFunctions}
section right
cat "$journal"/sums/*.sha256 2>/dev/null | sha256sum --check 2>/dev/null
exit 0
`;

/** What an earlier run staged and what still has the SHA-256 that the lists beside it name: paths. */
export async function recallStaged(
  tools: PodTools,
  pod: CassandraPod,
  journal: string,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const call = {
    purpose: 'Checking what was staged before',
    body: recallBody,
    args: [journal],
    signal,
    limitMs: readLimitMs,
  };
  const sections = await tools.run(pod, call);
  const lines = sectionOf(sections, 'right').split('\n');
  return new Set(lines.filter((line) => line.endsWith(': OK')).map((line) => line.slice(0, -': OK'.length)));
}

const sizesBody = `
section sizes
for root; do
  if [ -d "$root" ]; then du -sk -- "$root" | { read -r size _; printf '%s\\n' "$size"; } || exit; else printf '0\\n'; fi
done
`;

/** Bytes below each of these directories; 0 = it is not there. */
export async function stagedBytes(
  tools: PodTools,
  pod: CassandraPod,
  roots: readonly string[],
  signal: AbortSignal,
): Promise<readonly number[]> {
  const call = { purpose: 'Measuring the staging', body: sizesBody, args: roots, signal };
  const lines = sectionOf(await tools.run(pod, call), 'sizes')
    .split('\n')
    .filter((line) => line !== '');
  if (lines.length !== roots.length || !lines.every((line) => /^\d+$/.test(line))) {
    throw unreadableOutput('du', lines.join(' '));
  }
  return lines.map((line) => Number(line) * 1024);
}
