import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { runCqlsh } from './cqlsh.ts';
import { nodetoolSteps } from './nodetool.ts';
import type { ModelRing, ToolCall } from './ring.ts';
import { inTurns } from './steps.ts';
import type { ToolResult } from './tool-result.ts';

export interface ToolServer {
  readonly port: number;
  /** Every call so far. */
  readonly calls: readonly ToolCall[];
  close(): Promise<void>;
}

/** Answers the tools of all pods from one ring: a call takes milliseconds, since no program has to start for it. */
export async function startToolServer(ring: ModelRing): Promise<ToolServer> {
  const calls: ToolCall[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    let received = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      received += chunk;
      const call = parseCall(received);
      if (!call) return;
      calls.push(call);
      answer(ring, call).then(
        ({ stdout, stderr, exitCode }) => {
          const sizes = [stdout, stderr].map((text) => Buffer.byteLength(text));
          socket.end(`${exitCode} ${sizes.join(' ')}\n${stdout}${stderr}`);
        },
        (error: unknown) => {
          const text = `error: the model failed: ${error instanceof Error ? error.stack : String(error)}\n`;
          socket.end(`3 0 ${Buffer.byteLength(text)}\n${text}`);
        },
      );
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    calls,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** `pod NUL tool NUL number of arguments NUL argument NUL …`; undefined = not all of it yet. */
function parseCall(text: string): ToolCall | undefined {
  const parts = text.split('\0');
  const [pod = '', tool = '', count = ''] = parts;
  if (parts.length < 4 || parts.length <= Number(count) + 3) return undefined;
  return { pod, tool: tool === 'cqlsh' ? 'cqlsh' : 'nodetool', args: parts.slice(3, 3 + Number(count)) };
}

async function answer(ring: ModelRing, call: ToolCall): Promise<ToolResult> {
  const taken = ring.faults.take(call);
  taken?.hit();
  const { kind, text = '', run } = taken?.fault ?? {};
  if (kind === 'hang') return await new Promise(() => undefined);
  if (kind === 'lie' || kind === 'fail')
    return { stdout: '', stderr: text, exitCode: kind === 'lie' ? 0 : 1 };
  if (kind === 'before') await run?.();
  const result = await runTool(ring, call);
  if (kind === 'after') await run?.();
  if (kind === 'noise')
    return { ...result, stdout: `${text}${result.stdout}`, stderr: `${text}${result.stderr}` };
  return result;
}

async function runTool(ring: ModelRing, { pod, tool, args }: ToolCall): Promise<ToolResult> {
  const member = ring.member(pod);
  return tool === 'cqlsh' ? runCqlsh(ring, member, args) : await inTurns(nodetoolSteps(ring, member, args));
}

/** The tool in the container: hands its arguments to the server and prints what comes back. */
export function toolScript(pod: string, tool: ToolCall['tool'], port: number): string {
  return `#!/bin/bash
exec 3<>/dev/tcp/127.0.0.1/${port} || exit 1
printf '%s\\0' '${pod}' ${tool} "$#" "$@" >&3
read -r code out err <&3 || { echo 'error: the node is gone' >&2; exit 1; }
head -c "$out" <&3
head -c "$err" <&3 >&2
exit "$code"
`;
}
