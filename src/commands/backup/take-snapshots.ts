import { type ClusterView, readClusterView, readClusterViewAgain } from '../../cassandra/cluster-view.ts';
import { describeKeyspaces, type KeyspaceDescription } from '../../cassandra/descriptions.ts';
import { checkRingIsSettled, type Ring, ringFingerprint } from '../../cassandra/ring.ts';
import type { Schema, SchemaKeyspace } from '../../cassandra/schema.ts';
import { clearSnapshots, takeSnapshot } from '../../cassandra/snapshot.ts';
import { untilSettled } from '../../cassandra/until-settled.ts';
import { forEachLimited } from '../../concurrency.ts';
import { CainError } from '../../errors.ts';
import { speaker } from '../preflight/speaker.ts';
import type { BackupRun } from './backup-run.ts';
import { chooseKeyspaces } from './choose-keyspaces.ts';
import { type RolesRows, rolesStatements } from './roles.ts';

/** More attempts would only chase a schema that somebody is changing right now. */
const mostAttempts = 3;
/** Each is an exec: an API server that gets a thousand of them in one moment refuses some. */
export const mostNodesAtOnce = 64;

/** The cluster as it was, provably, while the snapshots were taken. */
export interface ClusterState {
  readonly ring: Ring;
  readonly keyspaces: readonly SchemaKeyspace[];
  readonly descriptions: readonly KeyspaceDescription[];
  /** Milliseconds between the first node's snapshot and the last one's. */
  readonly skewMs: number;
  /** undefined = they were not read with it. */
  readonly roles?: RolesRows;
}

export interface ReadState extends Omit<ClusterState, 'skewMs' | 'roles'> {
  readonly fingerprint: string;
}

/**
 * Steps 4 and 5: topology and schema, then the snapshots on all nodes at once, then topology and schema again. Any
 * difference clears the snapshots and takes them anew. `beforeSnapshot` gets what was read and may veto by throwing.
 * What the survey saw does for the first time: a change since then differs as well.
 */
export async function takeSnapshots(
  run: BackupRun,
  beforeSnapshot: (state: ReadState) => Promise<void>,
): Promise<ClusterState> {
  let seen = run.survey.view;
  for (let attempt = 1; ; attempt++) {
    const before = await readSettledState(run, seen);
    seen = undefined;
    await beforeSnapshot(before);
    const skewMs = await snapshotAll(
      run,
      before.keyspaces.map(({ name }) => name),
    );
    const { view, roles } = await readAgain(run, before.ring);
    if (fingerprint(view) === before.fingerprint) return { ...before, skewMs, ...(roles ? { roles } : {}) };
    await clearAllSnapshots(run, run.signal);
    if (attempt === mostAttempts) {
      throw new CainError(
        'CAIN_SCHEMA_CHANGED',
        `The schema or the ring changed during each of ${mostAttempts} snapshots`,
        {
          hint: 'Somebody alters tables or nodes right now; run again when it is quiet.',
          retryable: true,
        },
      );
    }
    run.context.log.warn('Schema or ring changed while snapshots were taken; they are taken anew', {
      attempt,
    });
  }
}

/** Clears this run's snapshots on every node; each node is tried, the first failure is thrown. */
export async function clearAllSnapshots(
  { survey, access, tag }: BackupRun,
  signal: AbortSignal,
): Promise<void> {
  const failures: unknown[] = [];
  await forEachLimited(survey.nodes, mostNodesAtOnce, async ({ pod, dataDirectories }) => {
    await clearSnapshots(access.tools, pod, { tags: [tag], dataDirectories }, signal).catch(
      (error: unknown) => failures.push(error),
    );
  });
  if (failures.length > 0) throw failures[0];
}

/** What is needed to read the cluster's state; a whole BackupRun has it, and so has preflight. */
export type StateReader = Pick<BackupRun, 'context' | 'access' | 'survey' | 'signal'>;

/** A change of schema takes a moment to reach every node: that is no reason to fail a night. */
async function readSettledState(run: BackupRun, seen: ClusterView | undefined): Promise<ReadState> {
  return await untilSettled(
    seen,
    () => readView(run),
    (view) => describeChosen(run, view),
    { signal: run.signal },
  );
}

/** Schema, ring and descriptions of the chosen keyspaces; throws where the ring is changing. */
export async function readChosenState(run: StateReader): Promise<ReadState> {
  return await describeChosen(run, run.survey.view ?? (await readView(run)));
}

async function describeChosen(run: StateReader, view: ClusterView): Promise<ReadState> {
  checkRingIsSettled(view.ring);
  const keyspaces = chosenOf(view.schema, run.context.settings.keyspaces);
  const names = keyspaces.map(({ name }) => name);
  const descriptions = await describeKeyspaces(run.access.tools, speaker(run.survey).pod, names, run.signal);
  return { ring: view.ring, keyspaces, descriptions, fingerprint: fingerprint(view) };
}

async function readView(run: StateReader): Promise<ClusterView> {
  return await readClusterView(run.access.tools, speaker(run.survey).pod, run.signal);
}

/** No backup fails for want of the roles: what they may be the reason of is tried without them. */
const mayBeAboutRoles: ReadonlySet<string> = new Set([
  'CAIN_CASSANDRA_ACCESS',
  'CAIN_EXEC_FAILED',
  'CAIN_OUTPUT_UNREADABLE',
]);

/** The roles ride along where the login may read them. */
async function readAgain(
  run: BackupRun,
  before: Ring,
): Promise<{ readonly view: ClusterView; readonly roles?: RolesRows }> {
  const { signal, context } = run;
  const { pod, releaseVersion } = speaker(run.survey);
  if (releaseVersion.startsWith('4.0.')) return { view: await readView(run) };
  const read = (statements: readonly string[]) =>
    readClusterViewAgain(run.access.tools, pod, { before, statements, signal });
  if (!context.settings.roles) return await read([]);
  try {
    const { view, results } = await read(rolesStatements);
    return { view, roles: results };
  } catch (error) {
    if (!(error instanceof CainError) || !mayBeAboutRoles.has(error.code)) throw error;
    return await read([]);
  }
}

function fingerprint({ schema, ring }: ClusterView): string {
  return `${schema.fingerprint} ${ringFingerprint(ring)}`;
}

function chosenOf(schema: Schema, patterns: readonly string[]): readonly SchemaKeyspace[] {
  const all = schema.keyspaces.map(({ name }) => name);
  const chosen = new Set(chooseKeyspaces(all, patterns));
  return schema.keyspaces
    .filter(({ name }) => chosen.has(name))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

async function snapshotAll(run: BackupRun, keyspaces: readonly string[]): Promise<number> {
  const { survey, access, tag, signal, context } = run;
  const times: number[] = [];
  await forEachLimited(survey.nodes, mostNodesAtOnce, async ({ pod, releaseVersion }) => {
    const startedAt = performance.now();
    await takeSnapshot(access.tools, pod, { tag, keyspaces, releaseVersion }, signal);
    times.push(performance.now());
    context.log.debug('Took a snapshot', { pod: pod.name, ms: Math.round(performance.now() - startedAt) });
  });
  return Math.round(Math.max(...times) - Math.min(...times));
}
