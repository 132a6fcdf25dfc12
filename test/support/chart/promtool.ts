import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { fetchPrometheus } from '../embedded/prometheus.ts';
import { type ProgramResult, runProgram } from '../embedded/run-program.ts';

let promtool: string | undefined;

/** For a suite's `before`: skips it, aloud, where promtool can't be had. */
export async function needPromtool(this: Mocha.Context): Promise<void> {
  this.timeout(300_000);
  const announce = (line: string) => console.log(`      ${line}`);
  promtool = await fetchPrometheus('promtool', announce);
  if (promtool) return;
  announce('skipped: no promtool: apt-get install prometheus');
  this.skip();
}

/** Runs promtool's tests, evaluating once an interval, or without tests its check, on these rules. */
export async function runPromtool(
  rules: readonly object[],
  tests?: readonly unknown[],
  interval = '1m',
): Promise<ProgramResult> {
  const dir = mkdtempSync(join(tmpdir(), 'cain-promtool-'));
  try {
    const write = (name: string, content: unknown) => writeFileSync(join(dir, name), stringify(content));
    write('rules.yaml', { groups: [{ name: 'cain', rules }] });
    write('tests.yaml', { rule_files: ['rules.yaml'], evaluation_interval: interval, tests: tests ?? [] });
    const command = tests ? ['test', 'rules', 'tests.yaml'] : ['check', 'rules', 'rules.yaml'];
    return await runProgram([promtool ?? 'promtool', ...command], { cwd: dir, limitMs: 60_000 });
  } finally {
    rmSync(dir, { recursive: true });
  }
}
