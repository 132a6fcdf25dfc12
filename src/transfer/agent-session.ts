import type { Exec } from '@kubernetes/client-node';
import { CainError } from '../errors.ts';
import { execInPod } from '../kubernetes/exec-session.ts';
import type { CassandraPod } from '../kubernetes/pods.ts';
import { rejectOnAbort } from '../time-limit.ts';
import { type AgentAnswer, type AgentOrders, type AgentProcess, parseAnswers } from './agent-messages.ts';
import { agentCommand, agentProgram } from './agent-program.ts';
import { createLineCutter } from './answer-lines.ts';
import { deflateLines } from './deflate-lines.ts';
import { createOrderLines } from './order-lines.ts';

/** The program ends by itself when no line came for 60 s. */
const pingMs = 15_000;
/** Beyond what the program's own retries may take. */
const idleMarginMs = 300_000;
/** For a program that is told to end before its connection is cut: an API server does not always pass that on. */
const partingMs = 1_000;

/** How the program speaks to the store. */
export interface AgentConfig {
  /** Files or parts in flight. */
  readonly threads: number;
  readonly retries: number;
  /** Of a connection that is silent, in seconds. */
  readonly timeout: number;
  readonly bytesPerSecond: number;
  /** PEM texts; absent = the store speaks plain http. */
  readonly ca?: string | undefined;
  /** URL, perhaps with a login. */
  readonly proxy?: string | undefined;
}

export interface AgentOptions {
  readonly exec: Exec;
  readonly pod: CassandraPod;
  readonly purpose: string;
  /** In the command; default `cain-agent`. */
  readonly name?: string;
  readonly agent: AgentConfig;
  readonly signal: AbortSignal;
  readonly limitMs: number;
  readonly stallMs: number;
  /** Of the sessions for one purpose in a pod: one that was cut may have left its program at work. */
  readonly history?: AgentHistory;
  /** What it throws ends the session. */
  readonly onAnswer: (answer: AgentAnswer) => void;
}

export interface AgentHistory {
  last?: AgentProcess;
}

export interface Agent {
  readonly process: AgentProcess;
  order<Kind extends keyof AgentOrders>(kind: Kind, entry: AgentOrders[Kind]): void;
}

/**
 * Runs the program in a pod while `use` is at work, and proves that it came to its end. It is sent over stdin and runs
 * from memory; nothing of it is left. Rejects with the first failure: of `use`, of the exec session, or of the program.
 */
export async function withAgent<T>(options: AgentOptions, use: (agent: Agent) => Promise<T>): Promise<T> {
  const { exec, pod, purpose, agent, limitMs, stallMs, history = {} } = options;
  options.signal.throwIfAborted();
  const told = rejectOnAbort(AbortSignal.any([options.signal]));
  told.catch(() => {});
  const broken = new AbortController();
  const lines = createOrderLines();
  const watch = watchAnswers(options, (error) => broken.abort(error));
  let onReady: (process: AgentProcess) => void;
  const ready = new Promise<AgentProcess>((resolve) => {
    onReady = resolve;
  });
  const cut = createLineCutter((line) => {
    for (const answer of parseAnswers(line, pod.name)) {
      watch.heard(answer);
      if (answer.kind === 'ready') onReady(answer.process);
      options.onAnswer(answer);
    }
  }, pod.name);
  async function* orders(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(`${JSON.stringify(agent)}\n`);
    yield* lines;
  }
  async function* stdin(): AsyncGenerator<Uint8Array> {
    yield agentProgram();
    yield* deflateLines(orders());
  }
  const session = execInPod(exec, {
    pod,
    purpose,
    command: agentCommand(options.name),
    stdin: stdin(),
    onStdout: cut,
    // Not the outer signal: the program is told first.
    signal: broken.signal,
    limitMs,
    stallMs,
  }).then(({ exitCode, stderr }) => {
    if (exitCode !== 0 || !isOver) throw agentEnded(pod.name, exitCode, stderr);
  });
  session.catch(() => {});
  let isOver = false;
  const ping = setInterval(() => lines.add('ping', 1), pingMs);
  try {
    const used = ready.then(async (process) => {
      const { last } = history;
      if (last && last.host === process.host) lines.add('dismiss', [last.pid, last.startedAt]);
      history.last = process;
      return await use({ order: lines.add, process });
    });
    used.catch(() => {});
    const result = (await Promise.race([used, session.then(() => used), told])) as T;
    isOver = true;
    lines.add('end', 1);
    lines.close();
    await Promise.race([session, told]);
    return result;
  } catch (error) {
    lines.add('end', 1);
    lines.close();
    const parting = setTimeout(() => broken.abort(error), partingMs);
    await session.catch(() => {});
    clearTimeout(parting);
    throw error;
  } finally {
    clearInterval(ping);
    watch.stop();
    lines.close();
    await session.catch(() => {});
  }
}

/** Cuts a session whose program no longer answers, or moves no byte for longer than its own retries can take. */
function watchAnswers(
  { pod, agent, stallMs }: AgentOptions,
  onStall: (error: CainError) => void,
): { heard(answer: AgentAnswer): void; stop(): void } {
  const silenceMs = 2 * pingMs + stallMs;
  const idleMs = (agent.retries + 1) * agent.timeout * 1000 + idleMarginMs;
  let heardAt = performance.now();
  let movedAt = heardAt;
  let movedBytes = -1;
  const timer = setInterval(() => {
    const now = performance.now();
    if (now - heardAt > silenceMs) onStall(stalled('gave no answer', silenceMs));
    else if (now - movedAt > idleMs) onStall(stalled('moved no byte', idleMs));
  }, pingMs / 2);
  function stalled(what: string, limitMs: number): CainError {
    return new CainError(
      'CAIN_EXEC_STALLED',
      `The program in pod ${pod.name} ${what} for ${limitMs / 1000} s`,
      {
        hint: 'The node, its disk or its network hangs.',
        retryable: true,
      },
    );
  }
  return {
    heard(answer) {
      heardAt = performance.now();
      if (answer.kind === 'pong' && answer.movedBytes === movedBytes) return;
      if (answer.kind === 'pong') movedBytes = answer.movedBytes;
      movedAt = heardAt;
    },
    stop: () => clearInterval(timer),
  };
}

function agentEnded(pod: string, exitCode: number, stderr: string): CainError {
  const said = stderr.trim().slice(-2000);
  return new CainError(
    'CAIN_EXEC_FAILED',
    `The program in pod ${pod} ended with exit code ${exitCode}${said ? `: ${said}` : ''}`,
    // 126 and 127: Python is not there or may not be run.
    { retryable: exitCode !== 126 && exitCode !== 127, fields: { pod, exitCode } },
  );
}
