import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lastLines } from '../../test/support/embedded/run-program.ts';
import { imageEnv } from '../../test/support/image-env.ts';
import { runGroup } from '../compare/run-group.ts';

const wrapper = fileURLToPath(new URL('../compare/run-measured.py', import.meta.url));
const limitMs = 60 * 60_000;

/** What one process cost. */
export interface StepCost {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly peakRssBytes: number;
}

/** Runs a Node program in a process of its own; fails with the end of its output unless it ends with 0. */
export async function runStep(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<StepCost & { readonly output: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'cain-step-'));
  try {
    const costFile = join(directory, 'cost.json');
    const { code, output } = await runGroup(['python3', wrapper, costFile, process.execPath, ...args], {
      env: { PATH: process.env.PATH, HOME: directory, ...imageEnv(), ...env },
      limitMs,
    });
    if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}:\n${lastLines(output, 25)}`);
    return { ...(JSON.parse(await readFile(costFile, 'utf8')) as StepCost), output };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
