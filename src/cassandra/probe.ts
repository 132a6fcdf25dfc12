import { CainError } from '../errors.ts';
import type { CassandraPod } from '../kubernetes/pods.ts';
import { readRecord } from '../record.ts';
import { parseJsonRows } from './cqlsh-output.ts';
import { memoryBody, parseMemoryHeadroom } from './memory-headroom.ts';
import { type PodTools, sectionOf } from './pod-tools.ts';

/** What a node says of itself: the container's tools and the server's own settings. */
export interface NodeProbe {
  readonly hostId: string;
  readonly clusterName: string;
  readonly partitioner: string;
  readonly releaseVersion: string;
  readonly dataCenter: string;
  readonly rack: string;
  readonly tokens: readonly string[];
  readonly dataDirectories: readonly string[];
  /** Before a truncate it takes a snapshot, and keeps it until it is cleared (auto_snapshot without auto_snapshot_ttl). */
  readonly keepsAutoSnapshots: boolean;
  /** Tools that Cain needs and the container lacks. */
  readonly missingTools: readonly string[];
  readonly isGnuTar: boolean;
  /** What the container may still take of its memory limit; undefined = no limit. */
  readonly freeMemoryBytes: number | undefined;
}

const neededTools = [
  'nodetool',
  'cqlsh',
  'tar',
  'stat',
  'xargs',
  'grep',
  'head',
  'sed',
  'df',
  'sha256sum',
] as const;

const probeStatements = [
  'SELECT JSON host_id, cluster_name, partitioner, release_version, data_center, rack, tokens FROM system.local;',
  'SELECT JSON name, value FROM system_views.settings;',
];

const probeBody = `
section missing
for tool in ${neededTools.join(' ')}; do command -v "$tool" >/dev/null 2>&1 || printf '%s\\n' "$tool"; done
section tar
tar --version 2>/dev/null | head -n 1
section memory
${memoryBody}
section local
command -v cqlsh >/dev/null 2>&1 || exit 0
cqlsh_ "$*"
`;

/** One exec call. A node whose tools are missing gives a probe without its server's facts: `undefined` members never, an error then. */
export async function probeNode(tools: PodTools, pod: CassandraPod, signal: AbortSignal): Promise<NodeProbe> {
  return (await probeAndAsk(tools, pod, [], signal)).probe;
}

/** Asks these SELECT JSON statements too, in the same cqlsh; their results in order. */
export async function probeAndAsk(
  tools: PodTools,
  pod: CassandraPod,
  statements: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly probe: NodeProbe; readonly results: ReadonlyArray<readonly unknown[]> }> {
  const call = {
    purpose: 'Probing the node',
    body: probeBody,
    args: [...probeStatements, ...statements],
    signal,
  };
  const sections = await tools.run(pod, call).catch(throwRefusal);
  const missingTools = lines(sectionOf(sections, 'missing'));
  if (missingTools.includes('cqlsh')) throw missingToolsError(pod, missingTools);
  const [localRows, settingRows, ...results] = parseJsonRows(
    sectionOf(sections, 'local'),
    probeStatements.length + statements.length,
  );
  const local = readRecord(localRows?.[0], `system.local of pod ${pod.name}`);
  const settings = settingsMap(settingRows ?? [], pod);
  const probe: NodeProbe = {
    hostId: local.string('host_id'),
    clusterName: local.string('cluster_name').trim(),
    partitioner: local.string('partitioner'),
    releaseVersion: local.string('release_version'),
    dataCenter: local.string('data_center'),
    rack: local.string('rack'),
    tokens: local.strings('tokens'),
    dataDirectories: directoryList(settings.get('data_file_directories') ?? ''),
    keepsAutoSnapshots: settings.get('auto_snapshot') === 'true' && !settings.get('auto_snapshot_ttl'),
    missingTools,
    isGnuTar: sectionOf(sections, 'tar').includes('GNU tar'),
    freeMemoryBytes: parseMemoryHeadroom(sectionOf(sections, 'memory')),
  };
  return { probe, results };
}

/** A probe comes first: what is refused to it is refused before anything was changed. */
export function throwRefusal(error: unknown): never {
  if (!(error instanceof CainError) || error.code !== 'CAIN_CASSANDRA_ACCESS') throw error;
  const { message, hint, fields } = error;
  throw new CainError('CAIN_PREFLIGHT', message, { ...(hint ? { hint } : {}), fields, cause: error });
}

export function missingToolsError(pod: CassandraPod, missing: readonly string[]): CainError {
  return new CainError(
    'CAIN_PREFLIGHT',
    `Container ${pod.container} of pod ${pod.name} lacks ${missing.join(', ')}`,
    {
      hint: 'Cain runs these in the Cassandra container. Check CAIN_CONTAINER, or use an image that has them.',
    },
  );
}

function settingsMap(rows: readonly unknown[], pod: CassandraPod): ReadonlyMap<string, string> {
  const where = `system_views.settings of pod ${pod.name}`;
  const settings = new Map<string, string>();
  for (const row of rows) {
    const reader = readRecord(row, where);
    // A setting that is not set has the value null.
    if (typeof (row as { value?: unknown }).value === 'string')
      settings.set(reader.string('name'), reader.string('value'));
  }
  return settings;
}

/** The server prints a Java array: `[/a, /b]`. A path with ", " in it can't be told apart and is split wrongly; Cassandra's own tools share that limit. */
export function directoryList(text: string): readonly string[] {
  return text
    .replace(/^\[|\]$/g, '')
    .split(', ')
    .map((path) => path.replace(/\/+$/, ''))
    .filter((path) => path !== '');
}

function lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}
