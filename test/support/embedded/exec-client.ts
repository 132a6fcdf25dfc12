import { type PassThrough, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { Exec, KubeConfig, type V1Status } from '@kubernetes/client-node';

export interface ExecAnswer {
  /** The status frame; `closed` when the socket closed without one, `silent` after `patienceMs`. */
  readonly status: V1Status;
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly protocol: string;
}

export interface ExecOptions {
  readonly pod?: string;
  readonly stdin?: PassThrough;
  /** The socket is not read for so long at first. */
  readonly pauseMs?: number;
  readonly onPauseEnd?: () => void;
  readonly patienceMs?: number;
}

export type ExecClient = (command: readonly string[], options?: ExecOptions) => Promise<ExecAnswer>;

/** The official client, used plainly: what the embedded API must please. */
export function execClient(kubeconfigFile: string, namespace = 'cassandra'): ExecClient {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigFile);
  return async (
    command,
    { pod = 'cassandra-0', stdin, pauseMs = 0, onPauseEnd, patienceMs = 60_000 } = {},
  ) => {
    const [stdout, stderr] = [collector(), collector()];
    let onStatus: (status: V1Status) => void = () => undefined;
    const answered = new Promise<V1Status>((resolve) => {
      onStatus = resolve;
    });
    const streams = [stdout.stream, stderr.stream, stdin ?? null, false] as const;
    const exec = new Exec(config);
    const socket = await exec.exec(namespace, pod, 'cassandra', [...command], ...streams, onStatus);
    const closed = new Promise<V1Status>((resolve) => {
      socket.on('close', () => resolve({ status: 'closed' }));
    });
    if (pauseMs > 0) {
      socket.pause();
      await delay(pauseMs);
      onPauseEnd?.();
      socket.resume();
    }
    const patience = new AbortController();
    const silent = delay(patienceMs, { status: 'silent' }, { signal: patience.signal }).catch(() => ({}));
    const status = await Promise.race([answered, closed, silent]);
    patience.abort();
    socket.terminate();
    return { status, stdout: stdout.bytes(), stderr: stderr.bytes().toString(), protocol: socket.protocol };
  };
}

function collector() {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, bytes: () => Buffer.concat(chunks) };
}
