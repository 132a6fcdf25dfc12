import { once } from 'node:events';
import { createServer } from 'node:http';

/** Stands where a Pushgateway would and keeps what each step of the last backup or restore took. */
export interface PhaseReceiver {
  readonly url: string;
  /** Seconds by phase of what was pushed since the last call. */
  take(): ReadonlyMap<string, number>;
  close(): Promise<void>;
}

const metric = /^cain_(?:backup|restore)_phase_duration_seconds\{.*phase="([^"]+)".*\} (\S+)/gm;

export async function startPhaseReceiver(): Promise<PhaseReceiver> {
  let phases = new Map<string, number>();
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (piece: string) => {
      text += piece;
    });
    request.on('end', () => {
      for (const [name, seconds] of parsePhases(text)) phases.set(name, seconds);
      response.writeHead(200).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    take() {
      const taken = phases;
      phases = new Map();
      return taken;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Pure: the text format of Prometheus. */
export function parsePhases(text: string): ReadonlyMap<string, number> {
  return new Map([...text.matchAll(metric)].map(([, phase = '', seconds]) => [phase, Number(seconds)]));
}
