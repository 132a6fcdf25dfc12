import type { Exec } from '@kubernetes/client-node';

/** The real WebSocket behind an exec: it can be paused, pinged and terminated, which the client library never does. */
export type ExecSocket = Awaited<ReturnType<Exec['exec']>>;
