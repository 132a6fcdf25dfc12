import { CainError } from '../errors.ts';
import type { CassandraPod } from '../kubernetes/pods.ts';
import { type PodTools, sectionOf } from './pod-tools.ts';

export interface DataVolume {
  readonly directory: string;
  /** Names the file system: directories on one volume share it, and their free space. */
  readonly device: string;
  readonly totalBytes: number;
  readonly freeBytes: number;
}

export interface NodeDisks {
  readonly volumes: readonly DataVolume[];
  /** Tags of snapshots `cain-<tag>` that lie on the node. */
  readonly snapshotTags: readonly string[];
}

const disksBody = `
section volumes
for directory; do
  df -Pk -- "$directory" | tail -n 1 | sed "s/^/df /" || exit
done
section snapshots
for directory; do
  for snapshot in "$directory"/*/*/snapshots/cain-[0-9]*; do
    [ -d "$snapshot" ] && printf '%s\\n' "\${snapshot##*/cain-}"
  done
done
exit 0
`;

/** Free space of every data volume, and what earlier runs left. One exec call. */
export async function readDisks(
  tools: PodTools,
  pod: CassandraPod,
  dataDirectories: readonly string[],
  signal: AbortSignal,
): Promise<NodeDisks> {
  const sections = await tools.run(pod, {
    purpose: 'Reading the disks',
    body: disksBody,
    args: dataDirectories,
    signal,
  });
  const volumes = sectionOf(sections, 'volumes')
    .split('\n')
    .filter((line) => line !== '');
  if (volumes.length !== dataDirectories.length) {
    throw new CainError(
      'CAIN_PREFLIGHT',
      `Data directories of pod ${pod.name} can't be read: ${dataDirectories.join(', ')}`,
      {
        hint: 'Cain asks the server for its data directories; CAIN_CASSANDRA_DATA_DIR overrides what it says.',
      },
    );
  }
  const tags = new Set(
    sectionOf(sections, 'snapshots')
      .split('\n')
      .filter((tag) => /^\d{14}$/.test(tag)),
  );
  return {
    volumes: volumes.map((line, index) => parseDfLine(line, dataDirectories[index] ?? '')),
    snapshotTags: [...tags].toSorted(),
  };
}

/** `df -Pk`: file system, 1024-blocks, used, available, capacity, mount point; the first may hold spaces, so it is read from the right. */
export function parseDfLine(line: string, directory: string): DataVolume {
  const match = /^df (.+?)\s+(\d+)\s+(\d+)\s+(\d+)\s+\S+\s+(\/.*)$/.exec(line);
  if (!match) throw new CainError('CAIN_OUTPUT_UNREADABLE', `df printed a line of unknown form: ${line}`);
  const [, , total = '0', , free = '0', mountPoint = ''] = match;
  return { directory, device: mountPoint, totalBytes: Number(total) * 1024, freeBytes: Number(free) * 1024 };
}
