import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const repository = resolve(fileURLToPath(new URL('../..', import.meta.url)));
const bundle = join(repository, 'dist', 'cain.js');

export interface CainRun {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
  /** Fields of the line "Committed the backup", where the log is JSON. */
  readonly lastCommit: Readonly<Record<string, unknown>> | undefined;
}

export interface CainProcess {
  readonly pid: number;
  kill(signal: NodeJS.Signals): void;
  /** Resolves when a line of its output fits, rejects when it ends before. */
  untilOutput(pattern: RegExp): Promise<string>;
  readonly ended: Promise<CainRun>;
}

/** Bundles the program: what runs is what the image holds. */
export async function buildCain(): Promise<void> {
  const child = spawn(process.execPath, [join(repository, 'scripts', 'build.mjs')], { stdio: 'inherit' });
  const code = await new Promise((resolveCode) => child.once('close', resolveCode));
  if (code !== 0) throw new Error('The bundle could not be built');
}

/** Starts the program as the CronJob would: a process of its own with nothing but this environment. */
export function startCain(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  onLine?: (line: string) => void,
): CainProcess {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [bundle, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  const waiting = new Set<(line: string) => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    createInterface({ input: child[name] }).on('line', (line) => {
      output[name] += `${line}\n`;
      onLine?.(line);
      for (const look of waiting) look(line);
    });
  }
  const ended = new Promise<CainRun>((resolveRun, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode, signal) => {
      const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
      resolveRun({
        exitCode,
        signal,
        seconds,
        ...output,
        lastCommit: lastCommit(`${output.stdout}\n${output.stderr}`),
      });
    });
  });
  return {
    pid: child.pid ?? 0,
    kill: (signal) => void child.kill(signal),
    async untilOutput(pattern) {
      const seen = new Promise<string>((resolveLine) => {
        waiting.add((line) => {
          if (pattern.test(line)) resolveLine(line);
        });
      });
      const tooLate = ended.then((run) => {
        throw new Error(
          `cain ended (${run.exitCode}) before it printed ${pattern}:\n${run.stdout}${run.stderr}`,
        );
      });
      return await Promise.race([seen, tooLate]);
    },
    ended,
  };
}

/** Runs to the end and expects success; its output is shown. */
export async function runCain(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<CainRun> {
  const run = await startCain(args, env, (line) => console.log(`   ${line}`)).ended;
  if (run.exitCode !== 0) throw new Error(`cain ${args.join(' ')} ended with ${run.exitCode ?? run.signal}`);
  return run;
}

function lastCommit(output: string): CainRun['lastCommit'] {
  const line = output.split('\n').findLast((text) => text.includes('"Committed the backup"'));
  return line ? (JSON.parse(line) as Record<string, unknown>) : undefined;
}
