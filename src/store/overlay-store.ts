import { CainError } from '../errors.ts';
import type { Store } from './store.ts';

/** Objects of a store that lie in memory alone, by key. */
export type OverlaidObjects = ReadonlyMap<string, Uint8Array>;

/**
 * The same store with some objects more. For reading: a listing of all, page by page, does not know of them, names
 * below a prefix and reads do.
 */
export function overlayStore(store: Store, objects: OverlaidObjects): Store {
  const lastModified = new Date(0);
  return {
    ...store,
    async head(key, options) {
      const bytes = objects.get(key);
      return bytes ? { etag: '', sizeBytes: bytes.length, lastModified } : await store.head(key, options);
    },
    async get(key, options) {
      const bytes = objects.get(key);
      if (!bytes) return await store.get(key, options);
      return { etag: '', sizeBytes: bytes.length, lastModified, body: bodyOf(bytes) };
    },
    async *listNames(prefix, options) {
      const names = new Set(namesBelow(objects, prefix));
      for await (const name of store.listNames(prefix, options)) {
        names.delete(name);
        yield name;
      }
      yield* names;
    },
    within() {
      throw new CainError('CAIN_STORE', 'A store with objects in memory has no prefixes of its own');
    },
  };
}

function* namesBelow(objects: OverlaidObjects, prefix: string): Generator<string> {
  for (const key of objects.keys()) {
    const rest = key.startsWith(prefix) ? key.slice(prefix.length) : '';
    if (rest.includes('/')) yield rest.slice(0, rest.indexOf('/'));
  }
}

function bodyOf(bytes: Uint8Array): AsyncIterable<Uint8Array> & { destroy(): void } {
  return {
    async *[Symbol.asyncIterator]() {
      yield bytes;
    },
    destroy() {},
  };
}
