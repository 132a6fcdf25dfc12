/** What a call of nodetool or cqlsh ended with. */
export interface ToolOutput {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/**
 * Lines that say what failed. nodetool: `nodetool: …` for usage errors (mostly on stdout), `error: …` before a
 * stack trace. cqlsh: `Connection error: …`, `<stdin>:1:…` (also of -e) or `<file>.cql:1:…`, `cqlsh: error: …`.
 */
const verdicts =
  /^(?:error: |nodetool: |cqlsh(?:\.py)?: error: |Connection error: |Unsupported CQL version: |(?:<stdin>|\S+\.cql):\d+:(?!Traceback ))/;

/** A heading whose next lines are the directories; the reason is in the server's log only. */
const failedImport = /^Some directories failed to import\b/;

/** What a JVM, logback or cqlsh print on stderr of calls that work, too; and the frames of a stack trace. */
const noise = new RegExp(
  [
    /^(?:NOTE: )?Picked up \w+:/,
    /^(?:WARNING|Warning|Notice|Recommendation): /,
    /^Please use a credentials file/,
    /^OpenJDK .* warning:/,
    /^SLF4J/,
    /^\d\d:\d\d:\d\d,\d+ \|-/,
    /^(?:TRACE|DEBUG|INFO|WARN) /,
    /^at [\w.$/]+\(/,
    /^\.\.\. \d+ more$/,
  ]
    .map(({ source }) => source)
    .join('|'),
);

/** The one line of a failed tool's output that tells what failed; never empty. */
export function toolErrorLine({ stdout, stderr, exitCode }: ToolOutput): string {
  const errors = linesOf(stderr);
  const output = linesOf(stdout);
  for (const lines of [errors, output]) {
    const at = lines.findIndex((line) => verdicts.test(line));
    if (at >= 0) return verdictAt(lines, at);
  }
  const importAt = errors.findIndex((line) => failedImport.test(line));
  if (importAt >= 0) return errors.slice(importAt).join(' ');
  const last = errors.findLast((line) => !noise.test(line)) ?? output.at(-1) ?? errors.at(-1);
  return last ?? `no output, exit code ${exitCode}`;
}

/** An exception without a message prints as "error: null": then its class, below "-- StackTrace --", says more. */
function verdictAt(lines: readonly string[], at: number): string {
  const line = lines[at] ?? '';
  const exception = lines[at + 1] === '-- StackTrace --' ? lines[at + 2] : undefined;
  return line === 'error: null' && exception ? `error: ${exception}` : line;
}

function linesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
