import type { Readable, Writable } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import type { Container } from './cassandra-node.ts';
import { sendStdout } from './exec-output.ts';
import { channel, exitStatus, noSuchProgram, sendOn, sendStatus, success } from './exec-socket.ts';
import type { ExecFault } from './faults.ts';
import type { KeptProcess, ProcessKeeper } from './process-keeper.ts';
import { findProgram } from './toolchain.ts';

/** One exec, for tests to look at afterwards. Bytes are those that went over the socket. */
export interface ExecCall {
  readonly pod: string;
  readonly container: string;
  readonly command: readonly string[];
  readonly protocol: string;
  readonly startedAt: number;
  endedAt?: number;
  stdinBytes: number;
  stdoutBytes: number;
  stderrBytes: number;
  exitCode?: number;
  fault?: ExecFault['kind'];
}

export interface ExecSession {
  readonly socket: WebSocket;
  readonly call: ExecCall;
  readonly container: Container;
  readonly streams: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean };
  readonly fault: { readonly fault: ExecFault; readonly hit: () => void } | undefined;
  readonly keeper: ProcessKeeper;
  readonly onStart: (process: KeptProcess) => void;
  /** Before the client is told. */
  readonly onEnd: () => void;
}

/** Runs the command as a kubelet does: its end is the end of its output, closing the socket does not kill it. */
export async function runExec(session: ExecSession): Promise<void> {
  const { socket, call, container, streams, fault } = session;
  // An empty message on the lowest channel says that the connection stands; a real server sends it too.
  await sendOn(socket, streams.stdout ? channel.stdout : channel.status, Buffer.alloc(0));
  if (fault?.fault.kind === 'stderr-noise') {
    fault.hit();
    await sendOn(socket, channel.stderr, Buffer.from(fault.fault.text ?? 'noise\n'));
  }
  const [program = ''] = call.command;
  if (!program.includes('/') && !findProgram(program, container.env.PATH)) {
    await sendStatus(socket, noSuchProgram(program));
    socket.resume();
    return socket.close(1000);
  }
  const process = session.keeper.start(container.sandbox.enter(call.command), {
    cwd: '/',
    env: container.env,
    stdio: [streams.stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'],
  });
  session.onStart(process);
  const { stdin, stdout, stderr } = process.child;
  if (stdin) feedStdin(session, stdin);
  // It was paused, so that no frame came before there was somebody to take it.
  socket.resume();
  if (!stdout || !stderr) throw new Error('An exec has no output');
  await relay(session, process, stdout, stderr);
}

async function relay(session: ExecSession, process: KeptProcess, stdout: Readable, stderr: Readable) {
  const { socket, call, fault } = session;
  const onFault = async () => {
    fault?.hit();
    if (fault) await strike(socket, fault.fault);
  };
  if (fault?.fault.kind === 'slow') fault.hit();
  const sent = sendStdout({
    socket,
    stdout,
    fault: fault?.fault,
    onSent: (bytes) => {
      call.stdoutBytes += bytes;
    },
    onFault,
  });
  const [end] = await Promise.all([sent, sendStderr(session, stderr)]);
  const { code, signal } = await process.ended;
  call.exitCode = code ?? 128 + signalNumber(signal);
  session.onEnd();
  if (end === 'fault') return;
  await sendStatus(socket, exitStatus(call.exitCode));
  socket.close(1000);
}

async function sendStderr({ socket, call }: ExecSession, stderr: AsyncIterable<Buffer>): Promise<void> {
  for await (const chunk of stderr) {
    if (call.fault === undefined || call.fault === 'slow' || call.fault === 'stderr-noise') {
      await sendOn(socket, channel.stderr, chunk);
      call.stderrBytes += chunk.length;
    }
  }
}

async function strike(socket: WebSocket, fault: ExecFault): Promise<void> {
  if (fault.kind === 'cut') socket.terminate();
  if (fault.kind === 'close-without-status') socket.close(1000);
  if (fault.kind === 'truncate-with-success') {
    await sendStatus(socket, success);
    socket.close(1000);
  }
}

/** Client to process, in step with the process. The end of the client is the end of stdin. */
function feedStdin({ socket, call }: ExecSession, stdin: Writable): void {
  // The process may end while there is still input for it: no concern of the server's.
  stdin.on('error', () => socket.resume());
  stdin.on('drain', () => socket.resume());
  socket.on('close', () => stdin.end());
  socket.on('message', (data: RawData) => {
    const message = data as Buffer;
    if (message[0] === channel.close && message[1] === channel.stdin) return stdin.end();
    if (message[0] !== channel.stdin || stdin.destroyed || stdin.writableEnded) return;
    call.stdinBytes += message.length - 1;
    if (!stdin.write(message.subarray(1))) socket.pause();
  });
}

function signalNumber(signal: NodeJS.Signals | null): number {
  return { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGPIPE: 13, SIGTERM: 15 }[signal as string] ?? 1;
}
