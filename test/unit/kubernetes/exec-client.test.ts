import { expect } from 'chai';
import { execInPod } from '../../../src/kubernetes/exec-session.ts';
import { waitUntil } from '../../support/embedded/wait-until.ts';
import { rejection } from '../../support/error-code.ts';
import { frame, type ScriptedExec, startScriptedExec, statusFrame } from '../../support/scripted-exec.ts';

const never = new AbortController().signal;

describe('createExec', () => {
  let server: ScriptedExec | undefined;
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  async function run(
    frames: readonly Buffer[],
    { isMute = false, handshakeMs = 5_000, signal = never } = {},
  ) {
    server = await startScriptedExec(
      (socket) => {
        for (const each of frames) socket.send(each);
        socket.close(1000);
      },
      { isMute, handshakeMs },
    );
    const { exec, pod } = server;
    return execInPod(exec, {
      pod,
      command: ['true'],
      purpose: 'Testing',
      signal,
      limitMs: 5_000,
      stallMs: 5_000,
    });
  }

  it('passes over the CLOSE frames of protocol v5 and frames of channels that nobody knows', async () => {
    const { stdout } = await run([
      frame(1, 'before '),
      frame(255, '\x01'),
      frame(255, '\x02'),
      frame(7, 'what?'),
      frame(1, 'after'),
      statusFrame(),
    ]);

    expect(stdout).to.equal('before after');
    expect(process.stdout.writableEnded).to.equal(false);
  });

  it('takes a status that is no JSON for a stream that was cut', async () => {
    await rejection(run([frame(1, 'all of it'), frame(3, 'Error: exit 1')]), 'CAIN_EXEC_CUT');
  });

  it('spends nothing on masks: what it sends goes as it is', async () => {
    const stdin = Buffer.alloc(100_000, 'as it is ');
    server = await startScriptedExec((socket) => {
      socket.on('message', () => {
        socket.send(statusFrame());
        socket.close(1000);
      });
    });
    const { exec, pod } = server;

    await execInPod(exec, {
      pod,
      command: ['cat'],
      purpose: 'Testing',
      stdin: [stdin],
      signal: never,
      limitMs: 5_000,
      stallMs: 5_000,
    });

    expect(server.received().includes(stdin)).to.equal(true);
  });

  it('gives up a handshake that is never answered, and its connection with it', async () => {
    const error = await rejection(run([], { isMute: true, handshakeMs: 50 }), 'CAIN_EXEC_REFUSED');

    expect(error.retryable).to.equal(true);
    expect(error.message).to.contain('handshake');
    await waitUntil(() => server?.connections() === 0);
  });
});
