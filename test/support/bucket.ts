import { setMaxListeners } from 'node:events';
import { crc32 } from 'node:zlib';
import { type Catalog, readCatalog } from '../../src/store/catalog.ts';
import { type InventoryLine, parseInventoryLine } from '../../src/store/inventory.ts';
import { readJsonLines } from '../../src/store/json-lines.ts';
import { clusterPrefix } from '../../src/store/layout.ts';
import type { Manifest } from '../../src/store/manifest.ts';
import { openS3Store } from '../../src/store/s3-store.ts';
import type { Store } from '../../src/store/store.ts';
import type { EmbeddedS3 } from './embedded/s3-server.ts';

const signal = new AbortController().signal;
// As in the program: all requests share it.
setMaxListeners(0, signal);

/** The bucket as a restore would see it: what a test says of a backup, it says of what is stored. */
export interface Bucket {
  readonly store: Store;
  catalog(): Promise<Catalog>;
  /** Every key, sorted. */
  keys(): Promise<readonly string[]>;
  pendingUploads(): Promise<readonly string[]>;
  inventory(manifest: Manifest): Promise<readonly InventoryLine[]>;
  /** Reads every object that the backup names; a wrong size or CRC-32 throws. Gives the number of files. */
  verify(manifest: Manifest): Promise<number>;
}

export interface BucketPlace {
  readonly s3: EmbeddedS3;
  readonly namespace: string;
  readonly clusterName: string;
}

/** @param dst the prefix in the bucket that CAIN_DST names */
export function openBucket({ s3, namespace, clusterName }: BucketPlace, dst = 'cain'): Bucket {
  // The SDK's default chain reads them from the environment.
  process.env.AWS_ACCESS_KEY_ID = s3.accessKeyId;
  process.env.AWS_SECRET_ACCESS_KEY = s3.secretAccessKey;
  const store = openS3Store({
    bucket: s3.bucket,
    prefix: `${dst}/${clusterPrefix(namespace, clusterName)}`,
    endpoint: s3.endpoint,
    region: s3.region,
    forcePathStyle: true,
    timeoutMs: 30_000,
    maxSockets: 16,
    retries: 2,
  });

  async function inventory(manifest: Manifest): Promise<readonly InventoryLine[]> {
    const lines: InventoryLine[] = [];
    for (const node of manifest.nodes) {
      const { key, sha256 } = node.inventory;
      for await (const value of readJsonLines(store, key, { sha256, signal }))
        lines.push(parseInventoryLine(value, key));
    }
    return lines;
  }

  return {
    store,
    catalog: () => readCatalog(store, signal),
    keys: async () => (await gather(store.list('', { signal }))).map(({ key }) => key),
    pendingUploads: async () => (await gather(store.listUploads('', { signal }))).map(({ key }) => key),
    inventory,
    async verify(manifest) {
      const lines = await inventory(manifest);
      for (const line of lines) await verifyObject(store, line);
      return lines.length;
    },
  };
}

async function verifyObject(
  store: Store,
  { object, sizeBytes, crc32: expected }: InventoryLine,
): Promise<void> {
  let bytes = 0;
  let crc = 0;
  for await (const chunk of (await store.get(object.key, { signal })).body) {
    bytes += chunk.length;
    crc = crc32(chunk, crc);
  }
  if (bytes !== sizeBytes || crc !== expected) {
    throw new Error(
      `${object.key} has ${bytes} bytes and CRC-32 ${crc}, its inventory says ${sizeBytes} and ${expected}`,
    );
  }
}

async function gather<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
