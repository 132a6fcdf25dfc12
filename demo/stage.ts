import { auth, Client, types } from 'cassandra-driver';
import { startEmbeddedCluster } from '../test/support/embedded/cluster.ts';
import { keyspace } from './cities.ts';
import { say } from './story.ts';

/** What the story needs of a cluster and a bucket, embedded or somebody's own. */
export interface Stage {
  readonly about: { readonly cassandra: string; readonly s3: string };
  readonly pushgatewayUrl: string | undefined;
  readonly dataCenter: string;
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
    dataCenter: 'dc1',
    env: cluster.env(),
    connect: () => cluster.cql({ consistency: types.consistencies.all }),
    leave: () => cluster.stop(),
  };
}

/** The story creates and drops the keyspace `atlas` there, and nothing else; its backups lie below CAIN_DST in a place of their own. */
function ownStage(contactPoints: readonly string[]): Stage {
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
    dataCenter: CAIN_DEMO_DATA_CENTER,
    env: ownSettings(process.env),
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

/** Of the demo itself, of the retention of the user's own plans, and what would restore something else. */
const notForTheStory = /^CAIN_((DEMO|KEEP|PRUNE)_|(SRC|TABLE|RENAME|TAG|ADOPT)$)/;

/** The user's settings, but with a keyspace, a plan and a place in the bucket of the story's own: it backs up, prunes and restores nothing else. */
function ownSettings(given: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const { CAIN_DST } = given;
  if (!CAIN_DST) throw new Error('CAIN_DST is not set: the demo keeps its backups below it');
  const settings = Object.entries(given).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !notForTheStory.test(entry[0]),
  );
  return {
    ...Object.fromEntries(settings),
    CAIN_DST: `${CAIN_DST.replace(/\/+$/, '')}/cain-demo`,
    CAIN_KEYSPACE: keyspace,
    CAIN_PLAN: 'demo',
  };
}
