import { spawn } from 'node:child_process';

export interface ProgramResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  readonly cwd?: string;
  readonly env?: Record<string, string | undefined>;
  /** What the program reads; default: nothing. */
  readonly input?: string | Buffer;
  /** Default: ten minutes. */
  readonly limitMs?: number;
}

/** Runs a program to its end and returns what it said, whatever its exit code. */
export async function runProgram(
  command: readonly string[],
  { cwd, env = process.env, input, limitMs = 600_000 }: ProgramOptions = {},
): Promise<ProgramResult> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { cwd, env, stdio: 'pipe', timeout: limitMs });
  // A program that ends without reading all of it says why by its exit code.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      const text = Buffer.concat(stderr).toString();
      resolve({
        code: code ?? 128,
        stdout: Buffer.concat(stdout).toString(),
        stderr: signal ? `${text}\nEnded by ${signal}` : text,
      });
    });
  });
}

/** Like `runProgram`, but any exit code other than 0 is an error that shows the last lines of the output. */
export async function runOrFail(command: readonly string[], options?: ProgramOptions): Promise<string> {
  const result = await runProgram(command, options).catch((cause: unknown) => {
    throw new Error(`Can't run ${command[0]}`, { cause });
  });
  if (result.code === 0) return result.stdout;
  const said = lastLines(`${result.stdout}\n${result.stderr}`, 15);
  throw new Error(`${command.slice(0, 3).join(' ')} ended with ${result.code}:\n${said}`);
}

export function lastLines(text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
