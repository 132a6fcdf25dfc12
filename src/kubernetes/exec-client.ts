import { PassThrough } from 'node:stream';
import { Exec, type KubeConfig } from '@kubernetes/client-node';

const handshakeLimitMs = 30_000;
/** stdout, stderr and status. */
const outputChannels: ReadonlySet<number> = new Set([1, 2, 3]);

/**
 * The client library's exec without its three traps (read in 1.4.0): a handshake that is never answered stays open
 * for ever; a frame of another channel (CLOSE, 255, of protocol v5) and a status that is no JSON are thrown out of
 * the socket's event, where nothing but the process hears them; and CLOSE ends the stdout of this very process.
 */
export function createExec(config: KubeConfig, handshakeMs = handshakeLimitMs): Exec {
  const exec = new Exec(withSocketOptions(config, handshakeMs));
  const { handler } = exec;
  // What CLOSE ends: by default the streams of this process.
  Object.assign(handler, { streams: deafStreams() });
  exec.handler = {
    connect: (path, onText, onBinary) =>
      handler.connect(path, onText, onBinary && ((channel, bytes) => take(onBinary, channel, bytes))),
  };
  return exec;
}

/** False closes the socket: it then lacks a status, and whoever waits for one learns that it was cut. */
function take(
  onBinary: (channel: number, bytes: Buffer) => boolean,
  channel: number,
  bytes: Buffer,
): boolean {
  if (!outputChannels.has(channel)) return true;
  try {
    return onBinary(channel, bytes);
  } catch {
    return false;
  }
}

/**
 * What fills in the options of a request fills in those of the WebSocket too. Masks of zeros leave the bytes as they
 * are: to mask a GB by JavaScript takes 5 s of CPU, half of all that a restore by exec costs. They are there to keep a
 * browser's scripts from fooling proxies that read along, and who can read along here has the token as well.
 */
function withSocketOptions(config: KubeConfig, handshakeMs: number): KubeConfig {
  const applyToHTTPSOptions: KubeConfig['applyToHTTPSOptions'] = async (options) => {
    await config.applyToHTTPSOptions(options);
    Object.assign(options, { handshakeTimeout: handshakeMs, generateMask: noMask });
  };
  return Object.create(config, { applyToHTTPSOptions: { value: applyToHTTPSOptions } });
}

function noMask(mask: Buffer): void {
  mask.fill(0);
}

function deafStreams(): { stdin: PassThrough; stdout: PassThrough; stderr: PassThrough } {
  return { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
}
