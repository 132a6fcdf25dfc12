import { CainError } from '../errors.ts';
import type { ExecSocket } from './exec-socket.ts';

const stdinChannel = 0;
const frameBytes = 128 * 1024;
/** No further frame is handed over while this much waits in the socket: the library itself has no limit. */
const mostBufferedBytes = 1024 * 1024;

/**
 * Sends stdin frame by frame, in step with the socket. Stops without error once the command has ended:
 * what it did not read, it did not want.
 */
export async function sendStdin(
  socket: ExecSocket,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  hasEnded: () => boolean,
): Promise<void> {
  for await (const chunk of source) {
    for (let start = 0; start < chunk.length; start += frameBytes) {
      if (hasEnded()) return;
      await sendFrame(socket, chunk.subarray(start, start + frameBytes), hasEnded);
    }
  }
}

async function sendFrame(socket: ExecSocket, bytes: Uint8Array, hasEnded: () => boolean): Promise<void> {
  const frame = Buffer.allocUnsafe(bytes.length + 1);
  frame[0] = stdinChannel;
  frame.set(bytes, 1);
  await new Promise<void>((resolve, reject) => {
    const isRoomy = socket.readyState === socket.OPEN && socket.bufferedAmount < mostBufferedBytes;
    socket.send(frame, (error) => {
      if (error && !hasEnded()) reject(stdinError(error));
      else resolve();
    });
    if (isRoomy) resolve();
  });
}

function stdinError(cause: Error): CainError {
  return new CainError('CAIN_EXEC_CUT', `Sending to the exec stream failed: ${cause.message}`, {
    cause,
    retryable: true,
  });
}
