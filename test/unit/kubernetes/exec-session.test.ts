import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import type { WebSocket } from 'ws';
import { CainError } from '../../../src/errors.ts';
import { type ExecRequest, execInPod } from '../../../src/kubernetes/exec-session.ts';
import { plainValue } from '../../../src/logging/plain-value.ts';
import { waitUntil } from '../../support/embedded/wait-until.ts';
import { rejection } from '../../support/error-code.ts';
import {
  frame,
  type ScriptedExec,
  type ScriptOptions,
  startScriptedExec,
  statusFrame,
} from '../../support/scripted-exec.ts';

const never = new AbortController().signal;

describe('execInPod', () => {
  let server: ScriptedExec | undefined;
  let uncaught: unknown[];
  const hear = (error: unknown) => uncaught.push(error);

  beforeEach(() => {
    uncaught = [];
    process.on('unhandledRejection', hear);
  });
  afterEach(async () => {
    await waitUntil(() => (server?.connections() ?? 0) === 0);
    await server?.close();
    server = undefined;
    process.off('unhandledRejection', hear);
    expect(uncaught).to.deep.equal([]);
  });

  async function run(
    script: (socket: WebSocket) => void | Promise<void>,
    request: Partial<ExecRequest> = {},
    options: ScriptOptions = {},
  ): Promise<Awaited<ReturnType<typeof execInPod>>> {
    server = await startScriptedExec(script, options);
    return await execInPod(server.exec, {
      pod: server.pod,
      command: ['true'],
      purpose: 'Testing',
      signal: never,
      limitMs: 5_000,
      stallMs: 5_000,
      ...request,
    });
  }

  it('gives stdout, stderr and the exit code', async () => {
    const result = await run((socket) => {
      socket.send(frame(1, 'out'));
      socket.send(frame(2, 'err'));
      socket.send(statusFrame(42));
      socket.close(1000);
    });

    expect(result).to.deep.equal({ exitCode: 42, stdout: 'out', stderr: 'err' });
  });

  it('is content with a status whose socket then stays open', async () => {
    const result = await run((socket) => {
      socket.send(frame(1, 'out'));
      socket.send(statusFrame());
    });

    expect(result.stdout).to.equal('out');
  });

  it('takes the status for the end of nothing while output is still being taken', async () => {
    const taken: string[] = [];

    await run(
      (socket) => {
        for (const text of ['a', 'b', 'c']) socket.send(frame(1, text));
        socket.send(statusFrame());
        socket.close(1000);
      },
      {
        onStdout: async (chunk) => {
          await delay(20);
          taken.push(chunk.toString());
        },
      },
    );

    expect(taken).to.deep.equal(['a', 'b', 'c']);
  });

  it('calls a socket that closes without a status cut off, with what stderr said', async () => {
    const error = await rejection(
      run((socket) => {
        socket.send(frame(1, 'half'));
        socket.send(frame(2, 'Killed'));
        socket.close(1000);
      }),
      'CAIN_EXEC_CUT',
    );

    expect(error.retryable).to.equal(true);
    expect(error.fields).to.deep.equal({ stderr: 'Killed' });
  });

  it('calls it cut off, too, when the socket closes as soon as it is open', async () => {
    await rejection(
      run((socket) => socket.terminate()),
      'CAIN_EXEC_CUT',
    );
  });

  it('bears stderr that comes after the status', async () => {
    const result = await run((socket) => {
      socket.send(frame(1, 'out'));
      socket.send(statusFrame());
      socket.send(frame(2, 'too late'));
      socket.close(1000);
    });

    expect(result).to.include({ exitCode: 0, stdout: 'out' });
  });

  it('does not take a stream for whole whose stdout goes on after the status', async () => {
    const error = await rejection(
      run((socket) => {
        socket.send(frame(1, 'out'));
        socket.send(statusFrame());
        socket.send(frame(1, 'and more'));
        socket.close(1000);
      }),
      'CAIN_EXEC_CUT',
    );

    expect(error.retryable).to.equal(true);
  });

  it('passes on the error of the one who takes the output, whether thrown or rejected', async () => {
    const mine = new CainError('CAIN_TRANSFER_SHORT', 'mine');
    const script = (socket: WebSocket) => {
      socket.send(frame(1, Buffer.alloc(500_000)));
      socket.send(frame(1, Buffer.alloc(500_000)));
    };

    const thrown = await run(script, {
      onStdout: () => {
        throw mine;
      },
    }).catch((error: unknown) => error);
    await server?.close();
    const rejected = await run(script, { onStdout: () => Promise.reject(mine) }).catch(
      (error: unknown) => error,
    );

    expect([thrown, rejected]).to.deep.equal([mine, mine]);
  });

  it('takes no silence for a stall while it is itself busy with the last chunks', async () => {
    const result = await run(
      (socket) => {
        socket.send(frame(1, 'a'));
        socket.send(frame(1, 'b'));
        socket.send(statusFrame());
      },
      { stallMs: 200, expectsSteadyOutput: true, onStdout: () => delay(350) },
    );

    expect(result.exitCode).to.equal(0);
  });

  it('gives the other side the whole limit again once it is done with a chunk', async () => {
    const result = await run(
      async (socket) => {
        socket.send(frame(1, 'a'));
        await delay(500);
        socket.send(statusFrame());
      },
      { stallMs: 300, expectsSteadyOutput: true, onStdout: () => delay(350) },
    );

    expect(result.exitCode).to.equal(0);
  });

  it('calls a stream that should flow and does not stalled, though pings are answered', async () => {
    const error = await rejection(
      run((socket) => socket.send(frame(1, 'a')), { stallMs: 100, expectsSteadyOutput: true }),
      'CAIN_EXEC_STALLED',
    );

    expect(error.message).to.contain('sent no byte');
  });

  it('lets a quiet command work as long as pings are answered', async () => {
    const result = await run(
      async (socket) => {
        await delay(500);
        socket.send(statusFrame());
      },
      { stallMs: 250 },
    );

    expect(result.exitCode).to.equal(0);
  });

  it('calls a connection that answers no ping stalled', async () => {
    const error = await rejection(
      run((socket) => socket.pause(), { stallMs: 100 }),
      'CAIN_EXEC_STALLED',
    );

    expect(error.message).to.contain('answered no ping');
    // It does not see the end of what it does not read.
    await server?.close();
  });

  it('ends with the reason of the signal, at once, though the one who takes the output hangs', async () => {
    const controller = new AbortController();
    const reason = new Error('stop');

    const error = await run((socket) => socket.send(frame(1, Buffer.alloc(600_000))), {
      signal: controller.signal,
      onStdout: () => {
        controller.abort(reason);
        return new Promise(() => {});
      },
    }).catch((caught: unknown) => caught);

    expect(error).to.equal(reason);
  });

  it('says which call was over its limit', async () => {
    const error = await rejection(
      run(() => {}, { limitMs: 50 }),
      'CAIN_TIMEOUT',
    );

    expect(error.message).to.contain('Testing in cassandra-0');
  });

  for (const { refusal, code, retryable } of [
    { refusal: '403 Forbidden', code: 'CAIN_KUBERNETES_ACCESS', retryable: false },
    { refusal: '404 Not Found', code: 'CAIN_EXEC_REFUSED', retryable: true },
    { refusal: '503 Service Unavailable', code: 'CAIN_EXEC_REFUSED', retryable: true },
  ] as const) {
    it(`calls a refusal with ${refusal} ${code}, and its error holds no token`, async () => {
      const error = await rejection(
        run(() => {}, {}, { refusal }),
        code,
      );

      expect(error.retryable).to.equal(retryable);
      expect(error.message).to.contain(refusal.slice(0, 3));
      const told = JSON.stringify(plainValue(error, { strike: (text) => text, withStack: true }));
      expect(told).to.not.contain('scripted-token');
    });
  }

  it('sends stdin, and stops without an error where the command does not want it all', async () => {
    let receivedBytes = 0;
    function* endless() {
      for (;;) yield Buffer.alloc(64 * 1024);
    }

    const result = await run(
      (socket) => {
        socket.on('message', (data: Buffer) => {
          receivedBytes += data.length - 1;
          if (receivedBytes === 128 * 1024) socket.send(statusFrame());
        });
      },
      { stdin: endless() },
    );

    expect(result.exitCode).to.equal(0);
  });

  it('waits for no more stdin once the command has ended', async () => {
    const controller = new AbortController();
    async function* stuck() {
      yield Buffer.from('first');
      await delay(60_000, undefined, { signal: controller.signal }).catch(() => {});
    }

    const result = await run((socket) => void socket.once('message', () => socket.send(statusFrame(2))), {
      stdin: stuck(),
    });
    controller.abort();

    expect(result.exitCode).to.equal(2);
  });

  it('ends the reading of stdin when the connection is cut', async () => {
    let isEnded = false;
    async function* endless() {
      try {
        for (;;) {
          await delay(1);
          yield Buffer.alloc(1024);
        }
      } finally {
        isEnded = true;
      }
    }

    await rejection(
      run((socket) => void socket.once('message', () => socket.terminate()), { stdin: endless() }),
      'CAIN_EXEC_CUT',
    );

    await waitUntil(() => isEnded);
  });
});
