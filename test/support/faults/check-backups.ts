import { join } from 'node:path';
import type { InventoryLine } from '../../../src/store/inventory.ts';
import { clusterPrefix, parseDataKey, probePrefix } from '../../../src/store/layout.ts';
import type { Manifest } from '../../../src/store/manifest.ts';
import { fileCrc32 } from '../file-crc32.ts';
import type { FileTruth } from '../model/node.ts';
import type { ModelMember, ModelRing } from '../model/ring.ts';
import { checkStatements } from './check-statements.ts';
import type { Lane } from './lane.ts';

/**
 * Every backup that is listed holds exactly the files that its snapshots held, byte for byte, of every node that was up,
 * and says of ring and schema what was true; throws what is wrong.
 * Gives the number of backups.
 */
export async function checkListedBackups(lane: Lane, dst = 'cain'): Promise<number> {
  const bucket = lane.bucket(dst);
  const { backups } = await bucket.catalog();
  for (const manifest of backups) await checkBackup(lane, dst, manifest);
  return backups.length;
}

async function checkBackup(lane: Lane, dst: string, manifest: Manifest): Promise<void> {
  const { tag, nodes } = manifest;
  const { ring } = lane.cluster;
  const bucket = lane.bucket(dst);
  if (nodes.length === 0) throw new Error(`Backup ${tag} has no node`);
  await checkStatements(lane, bucket, manifest);
  for (const node of nodes) {
    const { pod } = node;
    const truth = memberOf(ring, pod)?.disk.truthOf(`cain-${tag}`);
    if (!truth) throw new Error(`Backup ${tag} is listed, but ${pod} never had a snapshot of it`);
    const lines = await bucket.inventory({ ...manifest, nodes: [node] });
    const strange = lines.find(({ object }) => parseDataKey(object.key)?.pod !== pod);
    if (strange) throw new Error(`Backup ${tag} of ${pod} counts on ${strange.object.key}`);
    const own = new Map(lines.map((line) => [`${line.keyspace}/${line.table}/${line.file}`, line] as const));
    if (own.size !== lines.length) throw new Error(`Backup ${tag} of ${pod} names a file twice`);
    compareFiles(`Backup ${tag} of ${pod}`, truth, own);
    for (const line of lines) checkBytes(lane, dst, line);
  }
}

/** Of now or of earlier. */
function memberOf({ everyMember }: ModelRing, pod: string): ModelMember | undefined {
  return [...everyMember].find((member) => member.pod === pod);
}

/** A differential backup leaves out the snapshot's own two texts. */
function isOptional(path: string): boolean {
  return path.endsWith('/manifest.json') || path.endsWith('/schema.cql');
}

function compareFiles(
  what: string,
  truth: ReadonlyMap<string, FileTruth>,
  lines: ReadonlyMap<string, InventoryLine>,
): void {
  for (const [path, { sizeBytes, crc32: expected }] of truth) {
    const line = lines.get(path);
    if (!line && isOptional(path)) continue;
    if (line?.sizeBytes !== sizeBytes || (expected !== undefined && line.crc32 !== expected))
      throw new Error(
        `${what} has ${path} as ${JSON.stringify(line)}, it was ${sizeBytes} bytes, CRC-32 ${expected}`,
      );
  }
  for (const path of lines.keys())
    if (!truth.has(path)) throw new Error(`${what} has ${path}, which the snapshot did not hold`);
}

/** Read where the server keeps it. */
function checkBytes(lane: Lane, dst: string, { object, sizeBytes, crc32: expected }: InventoryLine): void {
  const { s3, namespace, clusterName } = lane.cluster;
  const found = fileCrc32(
    join(s3.directory, s3.bucket, dst, clusterPrefix(namespace, clusterName), object.key),
  );
  if (found.sizeBytes !== sizeBytes || found.crc32 !== expected)
    throw new Error(`${object.key} has ${found.sizeBytes} bytes and CRC-32 ${found.crc32}`);
}

/** After a run that went well nothing of earlier runs is left: no snapshot, no upload, no Lease. */
export async function checkNothingIsLeft(lane: Lane, dst = 'cain'): Promise<void> {
  const { ring, kubernetes, namespace } = lane.cluster;
  // A pod that is gone for good was not there to be cleared: its disk goes with it.
  const gone = new Set(kubernetes.pods.filter(({ isRemoved }) => isRemoved).map(({ name }) => name));
  for (const { pod, disk } of ring.everyMember) {
    if (gone.has(pod)) continue;
    const left = [...disk.snapshots()].filter((name) => /^cain-\d{14}$/.test(name));
    if (left.length > 0) throw new Error(`Snapshots are left on ${pod}: ${left.join(', ')}`);
  }
  // A trial of preflight's may be another run's and stays for an hour.
  const uploads = (await lane.bucket(dst).pendingUploads()).filter((key) => !key.startsWith(probePrefix));
  if (uploads.length > 0) throw new Error(`Uploads are left: ${uploads.join(', ')}`);
  const held = kubernetes.leases.list(namespace).filter(({ spec }) => spec?.holderIdentity);
  if (held.length > 0) throw new Error(`A Lease is left: ${JSON.stringify(held)}`);
}

/** Objects of data that no listed backup names; expected once the grace is over: none. */
export async function findGarbage(lane: Lane, dst = 'cain'): Promise<readonly string[]> {
  const bucket = lane.bucket(dst);
  const named = new Set<string>();
  for (const manifest of (await bucket.catalog()).backups)
    for (const { object } of await bucket.inventory(manifest)) named.add(object.key);
  return (await bucket.keys()).filter((key) => isData(key) && !named.has(key));
}

/** `<keyspace>/<sum>/<tag>/<pod>/<table>/<file>`. */
function isData(key: string): boolean {
  return !key.startsWith('.cain/') && key.split('/').length === 6;
}
