import { connect, createServer } from 'node:net';

/** A port of 127.0.0.1 that nobody listens on. */
export async function freePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/**
 * Addresses 127.0.R.1 … 127.0.R.n on which Cassandra's ports (the same on every node) are free. R is tried
 * from a random place, so that clusters that start at once differ.
 */
export async function freeRing(size: number): Promise<string[]> {
  const first = Math.floor(Math.random() * 250);
  for (let step = 0; step < 250; step++) {
    const ring = 1 + ((first + step) % 250);
    const addresses = Array.from({ length: size }, (_, index) => `127.0.${ring}.${index + 1}`);
    const isFree = await Promise.all(
      addresses.flatMap((host) => [canListen(host, 7000), canListen(host, 9042)]),
    );
    if (isFree.every(Boolean)) return addresses;
  }
  throw new Error('No ring of addresses in 127.0.0.0/16 is free (on macOS only 127.0.0.1 exists by default)');
}

async function canListen(host: string, port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}

export async function canConnect(host: string, port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2_000 });
    const settle = (isOpen: boolean) => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
    socket.once('timeout', () => settle(false));
  });
}
