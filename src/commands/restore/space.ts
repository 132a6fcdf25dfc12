import type { DataVolume } from '../../cassandra/disks.ts';
import { CainError } from '../../errors.ts';

/** What a restore takes of a volume, beside the old data that its undo snapshots keep. */
export interface VolumeNeed {
  readonly pod: string;
  /** The data directories on it. */
  readonly directories: readonly string[];
  readonly neededBytes: number;
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/**
 * Pure. Bytes to stage and bytes that lie in the staging already, by data directory. Import moves what was staged
 * and takes no further room.
 */
export function volumeNeeds(
  pod: string,
  volumes: readonly DataVolume[],
  bytes: { readonly toStage: ReadonlyMap<string, number>; readonly staged: ReadonlyMap<string, number> },
): readonly VolumeNeed[] {
  const needs = new Map<string, VolumeNeed>();
  for (const { directory, device, freeBytes, totalBytes } of volumes) {
    const known = needs.get(device);
    const missing = Math.max(0, (bytes.toStage.get(directory) ?? 0) - (bytes.staged.get(directory) ?? 0));
    needs.set(device, {
      pod,
      directories: [...(known?.directories ?? []), directory],
      neededBytes: (known?.neededBytes ?? 0) + missing,
      freeBytes,
      totalBytes,
    });
  }
  return [...needs.values()];
}

/** What is left free of the volume's size once all is staged, in percent. */
export function percentLeft({ neededBytes, freeBytes, totalBytes }: VolumeNeed): number {
  return ((freeBytes - neededBytes) / totalBytes) * 100;
}

/**
 * Pure. Under another topology Cassandra chooses among the volumes of a node by token, whatever volume the files waited
 * on: those that could not take all that comes to the node, in words.
 */
export function volumeWarnings(needs: readonly VolumeNeed[], minFreePercent: number): readonly string[] {
  return needs.flatMap((need) => {
    const ofPod = needs.filter(({ pod }) => pod === need.pod);
    const neededBytes = ofPod.reduce((sum, each) => sum + each.neededBytes, 0);
    if (ofPod.length === 1 || percentLeft({ ...need, neededBytes }) >= minFreePercent) return [];
    return [
      `${need.pod} has ${ofPod.length} data volumes, among which Cassandra chooses by token: ${need.directories.join(' and ')} can't take all ${neededBytes} bytes that come to the node (${need.freeBytes} are free)`,
    ];
  });
}

/** Throws CAIN_RESTORE_SPACE, with every volume that has too little room. */
export function checkSpace(needs: readonly VolumeNeed[], minFreePercent: number): void {
  const tight = needs.filter((need) => need.neededBytes > 0 && percentLeft(need) < minFreePercent);
  if (tight.length === 0) return;
  const list = tight.map(
    ({ pod, directories, neededBytes, freeBytes }) =>
      `\n  - ${pod}, ${directories.join(' and ')}: ${neededBytes} bytes are to come, ${freeBytes} are free`,
  );
  throw new CainError(
    'CAIN_RESTORE_SPACE',
    `Too little room for the restore, of which ${minFreePercent} % must stay free:${list.join('')}`,
    {
      hint: 'Nothing was changed. Make room (what earlier restores left: `cain restore --clean`; old snapshots: `nodetool listsnapshots`), enlarge the volume, restore fewer tables at once, or lower CAIN_MIN_FREE.',
    },
  );
}
