import type { TestCluster } from './cluster.ts';

/** Objects outside of namespaces that the suites made, as kubectl names them, the oldest first. */
const made: string[] = [];

/** Makes an object such as `namespace/monitoring`, unless it is there: then it is somebody's and is left as it is. */
export async function createMissing(
  cluster: TestCluster,
  object: string,
  create = async (): Promise<unknown> => cluster.kubectl(['create', ...object.split('/')]),
): Promise<void> {
  if (await cluster.kubectl(['get', object, '--ignore-not-found', '--output=name'])) return;
  await create();
  made.push(object);
}

/** Removes them, with all that is in the namespaces among them, from a cluster that goes on without the suites; not with CAIN_KEEP. */
export async function removeObjects(cluster: TestCluster): Promise<void> {
  if (process.env.CAIN_KEEP) return;
  while (made.length > 0) {
    await cluster.kubectl(['delete', made.pop() ?? '', '--ignore-not-found'], { limitMs: 240_000 });
  }
}
