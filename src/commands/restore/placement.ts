import type { DataVolume } from '../../cassandra/disks.ts';

/** The data directory of the cluster that takes what lay in a data directory of the backup. */
export type Placement = (backupDirectory: string) => string;

/**
 * Pure. A directory that is still there takes its own files: under the same tokens Cassandra will choose the same
 * one. What lay in others goes where the most room is left.
 */
export function placeDirectories(
  bytesByDirectory: ReadonlyMap<string, number>,
  dataDirectories: readonly string[],
  volumes: readonly DataVolume[],
): Placement {
  const room = new Map(volumes.map(({ device, freeBytes }) => [device, freeBytes]));
  const deviceOf = new Map(volumes.map(({ directory, device }) => [directory, device]));
  const roomOf = (directory: string): number => room.get(deviceOf.get(directory) ?? '') ?? 0;
  const placed = new Map<string, string>();
  const put = (from: string, to: string): void => {
    placed.set(from, to);
    room.set(deviceOf.get(to) ?? '', roomOf(to) - (bytesByDirectory.get(from) ?? 0));
  };
  const names = [...bytesByDirectory.keys()].toSorted();
  for (const name of names.filter((known) => dataDirectories.includes(known))) put(name, name);
  for (const name of names.filter((known) => !dataDirectories.includes(known))) {
    const roomiest = dataDirectories.reduce((best, next) => (roomOf(next) > roomOf(best) ? next : best));
    put(name, roomiest);
  }
  return (directory) => placed.get(directory) ?? dataDirectories[0] ?? '';
}
