import { cpus, release, totalmem, type } from 'node:os';
import { runProgram } from '../../test/support/embedded/run-program.ts';

/** What the figures were measured on. */
export function machine(): Readonly<Record<string, string | number>> {
  return {
    system: `${type()} ${release()}`,
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
  };
}

export async function pythonVersion(): Promise<string> {
  const { stdout, stderr } = await runProgram(['python3', '--version']);
  return `${stdout}${stderr}`.trim().replace('Python ', '');
}
