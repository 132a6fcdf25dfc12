import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  etagOf,
  keyspace,
  objectKey,
  objectNumbers,
  parseObjectKey,
  podName,
  type SyntheticCluster,
  sizeOf,
  sum,
  tags,
} from './synthetic.ts';

export interface BucketEntry {
  readonly key: string;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly lastModified: Date;
}

export interface BucketPage {
  readonly entries: readonly BucketEntry[];
  /** Where the next page begins; absent = this was the last. */
  readonly next?: number;
}

/** A bucket: Cain's records are files; millions of data objects are a formula, and the set of those that are gone. */
export interface SyntheticBucket {
  put(key: string, body: Uint8Array): BucketEntry;
  head(key: string): BucketEntry | undefined;
  read(key: string): Uint8Array;
  remove(key: string): void;
  /** Under a prefix, from the `from`th on; at most `count`. */
  list(prefix: string, from: number, count: number): BucketPage;
  listNames(prefix: string): readonly string[];
  /** Data objects that were deleted. */
  readonly removedObjects: number;
}

/** When all data objects were last written: long ago. */
const storedAt = new Date('2026-01-01T00:00:00Z');
const tagPattern = new RegExp(`^${keyspace}/${sum}/(\\d{14})/(?:cassandra-(\\d{4})/)?$`);

/** @param prefix of the cluster; keys come with it */
export function createBucket(directory: string, prefix: string, cluster: SyntheticCluster): SyntheticBucket {
  const removed = new Set<string>();
  const fileOf = (key: string): string => join(directory, key);

  function record(key: string): BucketEntry | undefined {
    const found = statSync(fileOf(key), { throwIfNoEntry: false });
    if (!found?.isFile()) return undefined;
    const etag = `"${createHash('md5').update(`${key} ${found.mtimeMs} ${found.size}`).digest('hex')}"`;
    return { key, sizeBytes: found.size, etag, lastModified: found.mtime };
  }

  function recordsUnder(under: string): readonly string[] {
    if (!existsSync(fileOf(under))) return [];
    return readdirSync(fileOf(under), { recursive: true, encoding: 'utf8' })
      .filter((name) => statSync(join(fileOf(under), name)).isFile())
      .map((name) => under + name)
      .toSorted();
  }

  /** Objects of one pod, or of all, under a tag; undefined = the prefix is of another form. */
  function objectsUnder(
    relative: string,
  ): { total: number; at: (index: number) => BucketEntry | undefined } | undefined {
    const [, tagText, pod] = tagPattern.exec(relative) ?? [];
    const tag = tags.find((known) => known === tagText);
    if (!tag) return undefined;
    const [start, end] = objectNumbers(cluster, tag);
    const perNode = end - start;
    const firstNode = Number(pod ?? 0);
    const at = (index: number): BucketEntry | undefined => {
      const node = firstNode + Math.floor(index / perNode);
      const number = start + (index % perNode);
      const key = objectKey(tag, node, number);
      if (removed.has(key)) return undefined;
      const [sizeBytes, etag] = [sizeOf(node, number), etagOf(node, number)];
      return { key: prefix + key, sizeBytes, etag, lastModified: storedAt };
    };
    return { total: perNode * (pod === undefined ? cluster.nodes : 1), at };
  }

  function page(
    total: number,
    at: (index: number) => BucketEntry | undefined,
    from: number,
    count: number,
  ): BucketPage {
    const entries: BucketEntry[] = [];
    let index = from;
    for (; index < total && entries.length < count; index++) {
      const entry = at(index);
      if (entry) entries.push(entry);
    }
    return { entries, ...(index < total ? { next: index } : {}) };
  }

  return {
    put(key, body) {
      mkdirSync(dirname(fileOf(key)), { recursive: true });
      writeFileSync(fileOf(key), body);
      const stored = record(key);
      if (!stored) throw new Error(`${key} was written and is not there`);
      return stored;
    },
    head: record,
    read: (key) => readFileSync(fileOf(key)),
    remove(key) {
      const relative = key.slice(prefix.length);
      if (parseObjectKey(relative)) removed.add(relative);
      else rmSync(fileOf(key), { force: true });
    },
    list(under, from, count) {
      const objects = objectsUnder(under.slice(prefix.length));
      if (objects) return page(objects.total, objects.at, from, count);
      const keys = recordsUnder(under);
      return page(keys.length, (index) => record(keys[index] ?? ''), from, count);
    },
    listNames(under) {
      const relative = under.slice(prefix.length);
      if (relative === `${keyspace}/`) return [sum];
      if (relative === `${keyspace}/${sum}/`) return tags;
      if (tagPattern.test(relative)) return Array.from({ length: cluster.nodes }, (_, node) => podName(node));
      const root = fileOf(under);
      const names = existsSync(root) ? readdirSync(root, { withFileTypes: true }) : [];
      const directories = names.filter((entry) => entry.isDirectory()).map(({ name }) => name);
      return [...new Set([...directories, ...(relative === '' ? [keyspace] : [])])].toSorted();
    },
    get removedObjects() {
      return removed.size;
    },
  };
}
