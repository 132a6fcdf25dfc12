import { auth, Client, types } from 'cassandra-driver';
import { startEmbeddedCluster } from '../test/support/embedded/cluster.ts';
import { say } from './story.ts';

/** What the story needs of a cluster and a bucket, embedded or somebody's own. */
export interface Stage {
  readonly about: { readonly cassandra: string; readonly s3: string };
  readonly pushgatewayUrl: string | undefined;
  /** The environment of Cain's process. */
  readonly env: Readonly<Record<string, string>>;
  /** Reads and writes at consistency ALL. */
  connect(): Promise<Client>;
  leave(): Promise<void>;
}

/** Names the contact points of a cluster that is there already; then Cain's own settings come from the environment too. */
const contactPointsVariable = 'CAIN_DEMO_CONTACT_POINTS';

export async function setStage(): Promise<Stage> {
  const contactPoints = process.env[contactPointsVariable];
  return contactPoints ? ownStage(contactPoints.split(',')) : await embeddedStage();
}

async function embeddedStage(): Promise<Stage> {
  const cluster = await startEmbeddedCluster({ nodes: 3, announce: say });
  return {
    about: {
      cassandra: `${cluster.cassandraVersion}, ${cluster.nodes.length} nodes, replication factor 2`,
      s3: cluster.s3.server,
    },
    pushgatewayUrl: cluster.pushgateway?.url,
    env: cluster.env(),
    connect: () => cluster.cql({ consistency: types.consistencies.all }),
    leave: () => cluster.stop(),
  };
}

/** The story creates and drops the keyspace `atlas` there, and nothing else. */
function ownStage(contactPoints: readonly string[]): Stage {
  const given = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const {
    CAIN_DEMO_DATA_CENTER = 'dc1',
    CAIN_DEMO_USERNAME,
    CAIN_DEMO_PASSWORD,
    CAIN_PUSHGATEWAY_URL,
  } = process.env;
  const clients: Client[] = [];
  return {
    about: { cassandra: contactPoints.join(', '), s3: process.env.CAIN_DST ?? '' },
    pushgatewayUrl: CAIN_PUSHGATEWAY_URL,
    env: Object.fromEntries(given.filter(([name]) => !name.startsWith('CAIN_DEMO_'))),
    async connect() {
      const client = new Client({
        contactPoints: [...contactPoints],
        localDataCenter: CAIN_DEMO_DATA_CENTER,
        queryOptions: { consistency: types.consistencies.all, fetchSize: 5_000, prepare: true },
        ...(CAIN_DEMO_USERNAME
          ? { authProvider: new auth.PlainTextAuthProvider(CAIN_DEMO_USERNAME, CAIN_DEMO_PASSWORD ?? '') }
          : {}),
      });
      await client.connect();
      clients.push(client);
      return client;
    },
    async leave() {
      for (const client of clients) await client.shutdown();
    },
  };
}
