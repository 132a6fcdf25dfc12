import type { Catalog } from '../../store/catalog.ts';
import {
  type CoverageLevel,
  type Manifest,
  manifestFormat,
  type RecordReference,
} from '../../store/manifest.ts';
import { version } from '../../version.ts';
import type { BackupRun } from './backup-run.ts';
import type { StoredNodes } from './store-nodes.ts';
import type { ClusterState } from './take-snapshots.ts';

export interface ManifestParts {
  readonly state: ClusterState;
  readonly stored: StoredNodes;
  readonly catalog: Catalog;
  readonly isFull: boolean;
  readonly coverage: CoverageLevel;
  readonly topology: RecordReference;
  readonly schema: RecordReference;
  readonly roles: RecordReference | undefined;
  /** What the store could not prove. */
  readonly unsafeStore: readonly string[];
}

export function buildManifest(
  { context, survey, tag, startedAt }: BackupRun,
  parts: ManifestParts,
): Manifest {
  const { state, stored, catalog } = parts;
  const sums = new Map(state.descriptions.map(({ keyspace, sum }) => [keyspace, sum]));
  return {
    format: manifestFormat,
    tag,
    plan: context.settings.plan,
    startedAt: startedAt.toISOString(),
    committedAt: context.now().toISOString(),
    toolVersion: version,
    cassandraVersions: [...new Set(survey.nodes.map(({ releaseVersion }) => releaseVersion))].toSorted(),
    namespace: context.settings.namespace,
    clusterName: survey.clusterName,
    partitioner: survey.partitioner,
    mode: parts.isFull ? 'full' : 'differential',
    skewMs: state.skewMs,
    coverage: parts.coverage,
    keyspaces: state.keyspaces.map(({ name, replication, tables }) => ({
      name,
      sum: sums.get(name) ?? '',
      replication,
      tables: tables.map((table) => ({ name: table.name, id: table.id, kind: table.kind })),
    })),
    nodes: stored.nodes.map(({ node }) => node),
    topology: parts.topology,
    schema: parts.schema,
    ...(parts.roles ? { roles: parts.roles } : {}),
    completeTags: catalog.backups.map((backup) => backup.tag),
    ...(parts.unsafeStore.length > 0 ? { unsafeStore: parts.unsafeStore } : {}),
  };
}
