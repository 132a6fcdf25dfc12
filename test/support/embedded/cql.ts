import { readFile } from 'node:fs/promises';
import { auth, Client, policies, types } from 'cassandra-driver';
import type { TlsFiles } from './tls-files.ts';

/** The login of a new Cassandra with CQL passwords. */
export const cqlLogin = { username: 'cassandra', password: 'cassandra' } as const;

/**
 * The driver goes on without agreement after its default of 10 s, and the next statement then names a type that its
 * coordinator has never heard of. A node of 4.1 that missed a change while it started asks for it after a minute.
 */
const maxSchemaAgreementWaitSeconds = 90;

export interface CqlOptions {
  /** Index of the node to ask first; default 0. */
  readonly node?: number;
  /** Default QUORUM. */
  readonly consistency?: types.consistencies;
  readonly keyspace?: string;
  readonly login?: { readonly username: string; readonly password: string };
  readonly tls?: TlsFiles | undefined;
  /** Asks no other node, whatever its data center; default false. */
  readonly alone?: boolean;
  /** Default 5,000: tests read whole tables. */
  readonly pageRows?: number;
}

/** A connected driver. */
export async function connectCql(contactPoint: string, options: CqlOptions = {}): Promise<Client> {
  const { login, keyspace, tls, alone = false, consistency = types.consistencies.quorum } = options;
  const { pageRows = 5_000 } = options;
  const client = new Client({
    contactPoints: [contactPoint],
    ...(alone ? { policies: { loadBalancing: onlyNode(contactPoint) } } : { localDataCenter: 'dc1' }),
    ...(keyspace ? { keyspace } : {}),
    ...(login ? { authProvider: new auth.PlainTextAuthProvider(login.username, login.password) } : {}),
    ...(tls ? { sslOptions: await tlsOptions(tls) } : {}),
    queryOptions: { consistency, fetchSize: pageRows, prepare: true },
    protocolOptions: { maxSchemaAgreementWaitSeconds },
    socketOptions: { readTimeout: 60_000, connectTimeout: 15_000 },
  });
  try {
    await client.connect();
  } catch (error) {
    await client.shutdown();
    throw error;
  }
  return client;
}

function onlyNode(address: string): policies.loadBalancing.LoadBalancingPolicy {
  const { AllowListPolicy, RoundRobinPolicy } = policies.loadBalancing;
  return new AllowListPolicy(new RoundRobinPolicy(), [`${address}:9042`]);
}

async function tlsOptions(tls: TlsFiles) {
  const [ca, cert, key] = await Promise.all(
    [tls.ca, tls.clientCert, tls.clientKey].map((file) => readFile(file)),
  );
  // The certificate of a node names no address.
  return { ca, cert, key, rejectUnauthorized: true, checkServerIdentity: () => undefined };
}

/** A new node makes its first role a moment after it takes connections. */
export async function untilLogin(contactPoint: string, tls?: TlsFiles, limitMs = 60_000): Promise<void> {
  const limit = Date.now() + limitMs;
  while (true) {
    try {
      const client = await connectCql(contactPoint, {
        login: cqlLogin,
        tls,
        consistency: types.consistencies.one,
      });
      return await client.shutdown();
    } catch (error) {
      if (Date.now() > limit) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}
