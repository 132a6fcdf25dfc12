import { Writable } from 'node:stream';
import type { Exec, V1Status } from '@kubernetes/client-node';
import { CainError, messageOf } from '../errors.ts';
import { rejectOnAbort, withTimeLimit } from '../time-limit.ts';
import { boundedText } from './bounded-text.ts';
import { collectedText } from './collected-text.ts';
import { watchLiveness } from './exec-liveness.ts';
import type { ExecSocket } from './exec-socket.ts';
import { exitCodeOfStatus } from './exec-status.ts';
import { sendStdin } from './exec-stdin.ts';
import { type PausingStdout, pausingStdout, type TakeChunk } from './exec-stdout.ts';
import type { CassandraPod } from './pods.ts';

/** stdout that nobody takes chunk by chunk is kept up to here; more is the sign of a wrong command. */
export const longestStdoutBytes = 256 * 1024 * 1024;
const longestStderrBytes = 64 * 1024;
const connectLimitMs = 30_000;

export interface ExecRequest {
  readonly pod: CassandraPod;
  /** Program and arguments; no shell is added. Kept short: they travel in the URL. */
  readonly command: readonly string[];
  /** For messages: what this call does. */
  readonly purpose: string;
  /** Sent in step with the socket. Its end can't be signalled (v4), so the program must know how much to read. */
  readonly stdin?: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** Gets every chunk in order; while its promise is pending the socket stands still. */
  readonly onStdout?: TakeChunk;
  readonly signal: AbortSignal;
  /** The whole call may take this long. */
  readonly limitMs: number;
  /** A connection that answers no ping for this long is cut. */
  readonly stallMs: number;
  /** True where output must keep flowing: then silence of stdout for `stallMs` is a stall, pongs or not. */
  readonly expectsSteadyOutput?: boolean;
}

export interface ExecResult {
  readonly exitCode: number;
  /** Empty when `onStdout` took it. */
  readonly stdout: string;
  /** Its first and last 32 KiB. */
  readonly stderr: string;
}

/**
 * Runs one command in a pod over the exec WebSocket. Resolves only with a status frame, the proof that the
 * stream came to its end. A socket that closes without one is CAIN_EXEC_CUT: the client library itself reports
 * neither close nor reset (measured with 1.4.0). A command that ends with an exit code is no error here.
 */
export async function execInPod(exec: Exec, request: ExecRequest): Promise<ExecResult> {
  const what = `${request.purpose} in ${request.pod.name}`;
  return await withTimeLimit(what, request.limitMs, request.signal, (signal) =>
    runSession(exec, request, signal),
  );
}

async function runSession(exec: Exec, request: ExecRequest, signal: AbortSignal): Promise<ExecResult> {
  const collected = collectedText(longestStdoutBytes, `${request.purpose} in ${request.pod.name}`);
  const stderr = boundedText(longestStderrBytes);
  const stdout = pausingStdout(request.onStdout ?? ((chunk) => collected.add(chunk)));
  const status = statusReceiver();
  const socket = await connect(
    exec,
    request,
    { stdout, stderr: textSink(stderr), onStatus: status.receive },
    signal,
  );
  const liveness = watchLiveness(socket, {
    pod: request.pod.name,
    stallMs: request.stallMs,
    isBusy: () => stdout.isBusy,
    lastOutputAt: () => stdout.lastOutputAt,
    expectsSteadyOutput: request.expectsSteadyOutput ?? false,
  });
  const stdin = sendStdin(socket, request.stdin ?? [], status.hasArrived);
  try {
    stdout.attach(socket);
    // What a command that has ended did not read, it did not want: nobody waits for the rest of stdin.
    const whole = Promise.all([status.arrived, stdout.finished, Promise.race([stdin, status.arrived])]);
    const cut = cutWithoutStatus(socket, request, status.hasArrived, stderr.text);
    const [result] = await Promise.race([whole, cut, liveness.failed, rejectOnAbort(signal)]);
    return {
      exitCode: exitCodeOfStatus(result, request.pod.name),
      stdout: collected.text(),
      stderr: stderr.text(),
    };
  } finally {
    liveness.stop();
    stdout.stream.destroy();
    socket.terminate();
  }
}

interface Streams {
  readonly stdout: PausingStdout;
  readonly stderr: Writable;
  readonly onStatus: (status: V1Status) => void;
}

async function connect(
  exec: Exec,
  request: ExecRequest,
  streams: Streams,
  signal: AbortSignal,
): Promise<ExecSocket> {
  const { namespace, name, container } = request.pod;
  // A stream that never speaks makes the server open stdin; the bytes are sent by sendStdin, in step.
  const silentStdin = request.stdin ? new SilentStdin() : null;
  const opening = exec.exec(
    namespace,
    name,
    container,
    [...request.command],
    streams.stdout.stream,
    streams.stderr,
    silentStdin as never,
    false,
    streams.onStatus,
  );
  return await withTimeLimit(`Opening exec in ${name}`, connectLimitMs, signal, () => opening).catch(
    (error: unknown) => {
      // One that opens after all must not stay open.
      opening.then(
        (late) => late.terminate(),
        () => {},
      );
      signal.throwIfAborted();
      throw error instanceof CainError ? error : refusedError(request, error);
    },
  );
}

/** The two members that the client library uses of a stdin: events that never come. */
class SilentStdin {
  on(): this {
    return this;
  }
}

function refusedError({ pod, purpose }: ExecRequest, event: unknown): CainError {
  const cause = causeOf(event);
  const text = messageOf(cause);
  const message = `${purpose} in ${pod.name} refused: ${text}`;
  if (/\b40[13]\b/.test(text)) {
    return new CainError('CAIN_KUBERNETES_ACCESS', message, {
      hint: 'Grant get and create on pods/exec in the namespace of Cassandra.',
      cause,
    });
  }
  return new CainError('CAIN_EXEC_REFUSED', message, { cause, retryable: true });
}

/** The library rejects with an ErrorEvent, which is no Error, and which knows the whole request with its token. */
function causeOf(event: unknown): unknown {
  return typeof event === 'object' && event !== null && 'error' in event ? event.error : event;
}

function statusReceiver(): {
  receive(status: V1Status): void;
  arrived: Promise<V1Status>;
  hasArrived(): boolean;
} {
  let hasArrived = false;
  let resolve: (status: V1Status) => void;
  const arrived = new Promise<V1Status>((resolveArrived) => {
    resolve = resolveArrived;
  });
  return {
    receive(status) {
      hasArrived = true;
      resolve(status);
    },
    arrived,
    hasArrived: () => hasArrived,
  };
}

function cutWithoutStatus(
  socket: ExecSocket,
  { pod, purpose }: ExecRequest,
  hasStatus: () => boolean,
  stderr: () => string,
): Promise<never> {
  const cut = new Promise<never>((_, reject) => {
    socket.on('close', (code: number) => {
      if (hasStatus()) return;
      const said = stderr().trim();
      reject(
        new CainError(
          'CAIN_EXEC_CUT',
          `${purpose} in ${pod.name} was cut off (close ${code}, no status frame)`,
          {
            retryable: true,
            ...(said ? { fields: { stderr: said.slice(-2000) } } : {}),
          },
        ),
      );
    });
    // 'close' follows; without a listener an 'error' event would end the process.
    socket.on('error', () => {});
  });
  cut.catch(() => {});
  return cut;
}

function textSink(text: { add(chunk: Uint8Array): void }): Writable {
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text.add(chunk);
      done();
    },
  });
  // The library ends it at the status; what a server sends after that would end the process.
  sink.on('error', () => {});
  return sink;
}
