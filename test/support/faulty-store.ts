import { CainError } from '../../src/errors.ts';
import type { MultipartUpload, Store, UploadOptions } from '../../src/store/store.ts';
import { rejectOnAbort } from '../../src/time-limit.ts';

export type FaultyMethod =
  | Exclude<keyof Store, 'location' | 'requests' | 'within' | 'close'>
  | keyof MultipartUpload;

export interface StoreFault {
  readonly method: FaultyMethod;
  /** Against the full key or prefix; `delete` is hit when any of its keys matches. Default: all. */
  readonly keyMatches?: RegExp;
  /**
   * An error to throw; `truncate` cuts the body of a get half-way; `stall` never answers (until the signal fires);
   * `lose-answer` does the work and then fails as a cut connection does.
   */
  readonly error: Error | 'truncate' | 'stall' | 'lose-answer';
  /** How many calls it hits; default 1. */
  readonly times?: number;
}

export interface FaultyStore extends Store {
  /** A fault that was injected and never hit proves nothing: throws when one has hits left. */
  assertAllHit(): void;
}

/** The same store with faults in it, hit in the order given. */
export function withFaults(inner: Store, faults: readonly StoreFault[]): FaultyStore {
  return faultyStore(inner, '', createQueue(faults));
}

type Queue = ReturnType<typeof createQueue>;

function createQueue(faults: readonly StoreFault[]) {
  const waiting = faults.map((fault) => ({ ...fault, left: fault.times ?? 1 }));

  function take(method: FaultyMethod, keys: readonly string[]): StoreFault['error'] | undefined {
    const hit = waiting.find(
      ({ method: wanted, keyMatches, left }) =>
        left > 0 && wanted === method && (!keyMatches || keys.some((key) => keyMatches.test(key))),
    );
    if (hit) hit.left--;
    return hit?.error;
  }

  return {
    take,
    /** Runs a call, or what the next fault for it makes of it. */
    async run<T>(
      method: FaultyMethod,
      keys: readonly string[],
      signal: AbortSignal | undefined,
      call: () => Promise<T>,
    ) {
      const error = take(method, keys);
      if (error instanceof Error) throw error;
      if (error === 'stall') return await stall(signal);
      const result = await call();
      if (error === 'lose-answer') throw cutError(method, keys);
      return result;
    },
    assertAllHit() {
      const missed = waiting.filter(({ left }) => left > 0);
      if (missed.length === 0) return;
      const names = missed.map(
        ({ method, keyMatches, left }) => `${method} ${keyMatches ?? ''} (${left} left)`,
      );
      throw new Error(`Faults that nothing hit: ${names.join(', ')}`);
    },
  };
}

function faultyStore(inner: Store, prefix: string, queue: Queue): FaultyStore {
  async function* listed<T>(
    method: FaultyMethod,
    under: string,
    options: UploadOptions,
    list: () => AsyncIterable<T>,
  ) {
    await queue.run(method, [prefix + under], options.signal, async () => undefined);
    yield* list();
  }
  return {
    location: inner.location,
    requests: inner.requests,
    put: (key, body, options = {}) =>
      queue.run('put', [prefix + key], options.signal, () => inner.put(key, body, options)),
    beginUpload: (key, options = {}) =>
      queue.run('beginUpload', [prefix + key], options.signal, async () =>
        faultyUpload(await inner.beginUpload(key, options), prefix + key, queue),
      ),
    signPut: (key, body, options = {}) =>
      queue.run('signPut', [prefix + key], undefined, () => inner.signPut(key, body, options)),
    refusalOf: (key, answer) => inner.refusalOf(key, answer),
    signGet: (key) => queue.run('signGet', [prefix + key], undefined, () => inner.signGet(key)),
    async get(key, options = {}) {
      const error = queue.take('get', [prefix + key]);
      if (error instanceof Error) throw error;
      if (error === 'stall') return await stall(options.signal);
      const object = await inner.get(key, options);
      return error === undefined
        ? object
        : { ...object, body: truncated(object.body, object.sizeBytes, prefix + key) };
    },
    head: (key, options = {}) =>
      queue.run('head', [prefix + key], options.signal, () => inner.head(key, options)),
    list: (under, options = {}) => listed('list', under, options, () => inner.list(under, options)),
    listNames: (under, options = {}) =>
      listed('listNames', under, options, () => inner.listNames(under, options)),
    delete: (keys, options = {}) =>
      queue.run(
        'delete',
        keys.map((key) => prefix + key),
        options.signal,
        () => inner.delete(keys, options),
      ),
    listUploads: (under, options = {}) =>
      listed('listUploads', under, options, () => inner.listUploads(under, options)),
    abortUpload: (upload) =>
      queue.run('abortUpload', [prefix + upload.key], undefined, () => inner.abortUpload(upload)),
    lockOf: (key) => inner.lockOf(key),
    keepLocked: (key, lock, options = {}) =>
      queue.run('keepLocked', [prefix + key], options.signal, () => inner.keepLocked(key, lock, options)),
    trialKey: (name) => inner.trialKey(name),
    ignoredAttributes: (key, options = {}) =>
      queue.run('ignoredAttributes', [prefix + key], options.signal, () =>
        inner.ignoredAttributes(key, options),
      ),
    expirationRules: (options = {}) =>
      queue.run('expirationRules', [prefix], options.signal, () => inner.expirationRules(options)),
    now: (options = {}) => queue.run('now', [prefix], options.signal, () => inner.now(options)),
    within: (longer) => faultyStore(inner.within(longer), prefix + longer, queue),
    close: () => inner.close(),
    assertAllHit: queue.assertAllHit,
  };
}

function faultyUpload(inner: MultipartUpload, key: string, queue: Queue): MultipartUpload {
  return {
    uploadPart: (partNumber, body, options = {}) =>
      queue.run('uploadPart', [key], options.signal, () => inner.uploadPart(partNumber, body, options)),
    signPart: (partNumber, body) =>
      queue.run('signPart', [key], undefined, () => inner.signPart(partNumber, body)),
    addPart: (partNumber, part) => inner.addPart(partNumber, part),
    complete: (whole) => queue.run('complete', [key], undefined, () => inner.complete(whole)),
    abort: () => queue.run('abort', [key], undefined, () => inner.abort()),
  };
}

type Body = Awaited<ReturnType<Store['get']>>['body'];

/** As the contract says: a body that is cut short throws, it never just ends. */
function truncated(body: Body, sizeBytes: number, key: string): Body {
  async function* read(): AsyncGenerator<Uint8Array> {
    let left = Math.floor(sizeBytes / 2);
    for await (const chunk of body) {
      if (left > 0) yield chunk.subarray(0, left);
      left -= chunk.length;
      if (left <= 0) break;
    }
    throw cutError('get', [key]);
  }
  return { [Symbol.asyncIterator]: read, destroy: (error) => body.destroy(error) };
}

function cutError(method: FaultyMethod, keys: readonly string[]): CainError {
  return new CainError('CAIN_STORE', `Injected: the connection was cut in ${method}: ${keys.join(', ')}`, {
    retryable: true,
  });
}

/** Only the signal ends it. */
async function stall(signal: AbortSignal | undefined): Promise<never> {
  if (!signal) throw new Error('A call without a signal would stall for ever');
  return await rejectOnAbort(signal);
}
