import type { Exec } from '@kubernetes/client-node';
import { CainError } from '../errors.ts';
import { type ExecResult, execInPod } from '../kubernetes/exec-session.ts';
import type { CassandraPod } from '../kubernetes/pods.ts';
import type { Logger } from '../log.ts';
import { retry } from '../retry.ts';
import { bundleLogins, type Logins } from './logins.ts';
import { toolErrorLine } from './nodetool-output.ts';
import { endOfOutput, parseSections, podScript } from './pod-script.ts';
import { quickNodetool } from './quick-nodetool.ts';
import { refusalOf } from './refusal.ts';

export interface PodToolsOptions {
  readonly exec: Exec;
  readonly logins: Logins;
  /** Limit of one call. */
  readonly limitMs: number;
  readonly stallMs: number;
  readonly retries: number;
  readonly log: Logger;
}

export interface ScriptCall {
  /** For messages: "Taking the snapshot". */
  readonly purpose: string;
  /** Shell text that holds no names; see pod-script.ts for what it can use. */
  readonly body: string;
  readonly args?: readonly string[];
  /** Long lists travel here; the script must know from its arguments how much to read. */
  readonly input?: Uint8Array;
  readonly signal: AbortSignal;
  /** False where a second call would do harm or be misread; one whose exec was refused never began and is called again. Default true. */
  readonly isRepeatable?: boolean;
  /** In place of the limit of all calls: for what reads terabytes. */
  readonly limitMs?: number;
}

export type Sections = ReadonlyMap<string, readonly string[]>;

/** Runs scripts in Cassandra containers: one exec call does as much as it can, since a call costs a second on a busy cluster. */
export interface PodTools {
  /** The output's sections; a script that ends with an exit code is CAIN_EXEC_FAILED with the tool's own words. */
  run(pod: CassandraPod, call: ScriptCall): Promise<Sections>;
}

export function createPodTools(options: PodToolsOptions): PodTools {
  const bundle = bundleLogins(options.logins);
  const files = bundle.files.map(([name, bytes]) => `${name}:${bytes.length}`).join(' ') || '-';
  const head = bundle.files.map(([, bytes]) => bytes);
  // It speaks no TLS.
  const quickly = options.logins.jmx.tls ? [] : [quickNodetool()];
  const limitSeconds = String(Math.ceil(options.limitMs / 1000));

  async function runOnce(pod: CassandraPod, call: ScriptCall): Promise<Sections> {
    const startedAt = performance.now();
    const program = call.body.includes('nodetool_ ') ? quickly : [];
    const result = await execInPod(options.exec, {
      pod,
      purpose: call.purpose,
      command: [
        'sh',
        '-c',
        podScript(call.body),
        'cain',
        limitSeconds,
        files,
        String(program[0]?.length ?? 0),
        ...bundle.args,
        ...(call.args ?? []),
      ],
      stdin: [...head, ...program, ...(call.input ? [call.input] : [])],
      signal: call.signal,
      limitMs: call.limitMs ?? options.limitMs,
      stallMs: options.stallMs,
    });
    options.log.debug('Ran a script', {
      pod: pod.name,
      purpose: call.purpose,
      exitCode: result.exitCode,
      ms: Math.round(performance.now() - startedAt),
    });
    if (result.exitCode !== 0) throw toolError(pod, call.purpose, result);
    if (!result.stdout.endsWith(endOfOutput)) throw cutOutput(pod, call.purpose);
    return parseSections(result.stdout);
  }

  return {
    async run(pod, call) {
      const isRepeatable = call.isRepeatable ?? true;
      return await retry(() => runOnce(pod, call), {
        retries: options.retries,
        mayRetry: (error) => isRepeatable || hasNotBegun(error),
        signal: call.signal,
        onRetry: (error, attempt) =>
          options.log.warn('Exec failed and is tried again', {
            pod: pod.name,
            purpose: call.purpose,
            attempt,
            error,
          }),
      });
    },
  };
}

function hasNotBegun(error: unknown): boolean {
  return error instanceof CainError && error.code === 'CAIN_EXEC_REFUSED';
}

function toolError(pod: CassandraPod, purpose: string, result: ExecResult): CainError {
  const line = toolErrorLine(result);
  const refusal = refusalOf(line);
  const reason = refusal ? `${refusal.what}: ${line}` : line;
  return new CainError(
    refusal?.isCertain ? 'CAIN_CASSANDRA_ACCESS' : 'CAIN_EXEC_FAILED',
    `${purpose} failed in pod ${pod.name} (exit code ${result.exitCode}): ${reason}`,
    {
      ...(refusal ? { hint: refusal.hint } : {}),
      fields: { pod: pod.name, exitCode: result.exitCode, stderr: result.stderr.trim().slice(-2000) },
    },
  );
}

function cutOutput(pod: CassandraPod, purpose: string): CainError {
  return new CainError('CAIN_EXEC_CUT', `${purpose} in ${pod.name} lost the end of its output`, {
    retryable: true,
  });
}

/** The one section of that name; a script that did not print it is no script of ours. */
export function sectionOf(sections: Sections, name: string): string {
  const [text] = sections.get(name) ?? [];
  if (text === undefined) {
    throw new CainError(
      'CAIN_OUTPUT_UNREADABLE',
      `A script in a Cassandra container printed no section "${name}"`,
    );
  }
  return text;
}
