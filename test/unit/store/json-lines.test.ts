import { createHash, randomBytes } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import fc from 'fast-check';
import { readJsonLines, writeJsonLines } from '../../../src/store/json-lines.ts';
import type { Store } from '../../../src/store/store.ts';
import { rejection } from '../../support/error-code.ts';
import { withFaults } from '../../support/faulty-store.ts';
import { openMemoryStore } from '../../support/memory-store.ts';
import { bytesOf, collect } from './conformance/collect.ts';

const isNew = { ifNoneMatch: '*' } as const;
const lines = Array.from({ length: 5000 }, (_, n) => ({ n, text: `line ${n} ü` }));

/** About 20 MiB that do not compress: three parts. */
function* incompressible(): Generator<object> {
  for (let line = 0; line < 200; line++) yield { line, noise: randomBytes(100 * 1024).toString('base64') };
}

async function sha256Of(store: Store, key: string): Promise<string> {
  return createHash('sha256')
    .update(await bytesOf(store, key))
    .digest('hex');
}

describe('writeJsonLines', () => {
  it('writes gzip of one JSON object a line and says what it wrote', async () => {
    const store = openMemoryStore();

    const written = await writeJsonLines(store, 'x.jsonl.gz', lines, isNew);

    const bytes = await bytesOf(store, 'x.jsonl.gz');
    const text = gunzipSync(bytes).toString();
    expect(text).to.equal(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    expect(written).to.deep.equal({
      key: 'x.jsonl.gz',
      sha256: await sha256Of(store, 'x.jsonl.gz'),
      sizeBytes: bytes.length,
      lines: lines.length,
    });
    expect(store.requests).to.include({ PutObject: 1 }).and.not.to.have.property('CreateMultipartUpload');
  });

  it('gives the same bytes for the same lines', async () => {
    const store = openMemoryStore();

    const first = await writeJsonLines(store, 'first', lines, isNew);
    const second = await writeJsonLines(store, 'second', lines, isNew);

    expect(first.sha256).to.equal(second.sha256);
  });

  it('writes no lines as an empty text', async () => {
    const store = openMemoryStore();

    const { sha256, lines: count } = await writeJsonLines(store, 'empty', [], isNew);

    expect(count).to.equal(0);
    expect(await collect(readJsonLines(store, 'empty', { sha256 }))).to.deep.equal([]);
  });

  it('sends in parts what is larger than one', async function () {
    this.timeout(30_000);
    const store = openMemoryStore();

    const { sha256, sizeBytes } = await writeJsonLines(store, 'large', incompressible(), isNew);

    expect(sizeBytes).to.be.greaterThan(16 * 1024 * 1024);
    expect(store.requests).to.include({ UploadPart: 2 + 1, CompleteMultipartUpload: 1 });
    expect(await sha256Of(store, 'large')).to.equal(sha256);
    expect((await collect(readJsonLines(store, 'large', { sha256 }))).length).to.equal(200);
  });

  it('overwrites nothing, whatever its size', async function () {
    this.timeout(30_000);
    const store = openMemoryStore();
    await store.put('taken', Buffer.from('older'));

    await rejection(writeJsonLines(store, 'taken', lines, isNew), 'CAIN_STORE_EXISTS');
    await rejection(writeJsonLines(store, 'taken', incompressible(), isNew), 'CAIN_STORE_EXISTS');

    expect((await bytesOf(store, 'taken')).toString()).to.equal('older');
    expect(await collect(store.listUploads(''))).to.deep.equal([]);
  });

  it('stores nothing when the lines fail, be it after parts were sent', async function () {
    this.timeout(30_000);
    const store = openMemoryStore();
    const broken = new Error('the node went away');
    async function* failing(): AsyncGenerator<object> {
      yield* incompressible();
      throw broken;
    }

    const outcome = await writeJsonLines(store, 'x', failing(), isNew).catch((error: unknown) => error);

    expect(outcome).to.equal(broken);
    expect(store.requests).to.have.property('UploadPart');
    expect([...store.objects.keys()]).to.deep.equal([]);
    expect(await collect(store.listUploads(''))).to.deep.equal([]);
  });

  it('keeps the first error when the clean-up fails too', async function () {
    this.timeout(30_000);
    const cleanUpError = new Error('abort failed');
    const store = withFaults(openMemoryStore(), [
      { method: 'uploadPart', error: 'lose-answer' },
      { method: 'abort', error: cleanUpError },
    ]);

    const error = await rejection(writeJsonLines(store, 'x', incompressible(), isNew), 'CAIN_STORE');

    expect(error.message).to.contain('uploadPart');
    expect(error.cleanupErrors).to.deep.equal([cleanUpError]);
    store.assertAllHit();
  });

  it('stops when its signal fires, be it that no line comes any more', async () => {
    const store = openMemoryStore();
    const reason = new Error('the run was stopped');
    async function* endless(stop: AbortController): AsyncGenerator<object> {
      for (let n = 0; ; n++) {
        if (n === 10_000) stop.abort(reason);
        yield { n };
      }
    }
    async function* silent(stop: AbortController): AsyncGenerator<object> {
      yield { n: 0 };
      setImmediate(() => stop.abort(reason));
      await new Promise(() => {});
    }

    for (const source of [endless, silent]) {
      const stop = new AbortController();
      const writing = writeJsonLines(store, 'x', source(stop), { ...isNew, signal: stop.signal });
      expect(await writing.catch((error: unknown) => error)).to.equal(reason);
    }
    expect([...store.objects.keys()]).to.deep.equal([]);
  });
});

describe('readJsonLines', () => {
  it('reads back whatever was written', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.dictionary(fc.string({ unit: 'binary' }), fc.json())), async (objects) => {
        const store = openMemoryStore();
        const { sha256 } = await writeJsonLines(store, 'x', objects, isNew);

        const read = await collect(readJsonLines(store, 'x', { sha256 }));

        expect(read).to.deep.equal(objects.map((object) => JSON.parse(JSON.stringify(object))));
      }),
      { numRuns: 50 },
    );
  });

  it('says that the object is missing', async () => {
    await rejection(collect(readJsonLines(openMemoryStore(), 'x')), 'CAIN_STORE_MISSING');
  });

  it('refuses bytes with another SHA-256', async () => {
    const store = openMemoryStore();
    await writeJsonLines(store, 'x', lines, isNew);

    const error = await rejection(
      collect(readJsonLines(store, 'x', { sha256: 'f'.repeat(64) })),
      'CAIN_FORMAT',
    );

    expect(error.message).to.contain('SHA-256');
  });

  it('names the line that is not JSON', async () => {
    const store = openMemoryStore();
    await store.put('x', gzipSync('{"n":1}\n{"n":\n'));

    const error = await rejection(collect(readJsonLines(store, 'x')), 'CAIN_FORMAT');

    expect(error.message).to.contain('x, line 2');
  });

  it('refuses a text that was cut, before or after compression', async () => {
    const store = openMemoryStore();
    const whole = gzipSync(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    await store.put('cut-after', whole.subarray(0, whole.length / 2));
    await store.put('cut-before', gzipSync('{"n":1}\n{"n":2}'));
    await store.put('not-gzip', Buffer.from('{"n":1}\n'));
    await store.put('nothing', Buffer.alloc(0));

    await rejection(collect(readJsonLines(store, 'cut-after')), 'CAIN_FORMAT');
    await rejection(collect(readJsonLines(store, 'cut-before')), 'CAIN_FORMAT');
    await rejection(collect(readJsonLines(store, 'not-gzip')), 'CAIN_FORMAT');
    await rejection(collect(readJsonLines(store, 'nothing')), 'CAIN_FORMAT');
  });

  it('takes a cut connection for what it is and not for damage', async () => {
    const inner = openMemoryStore();
    await writeJsonLines(inner, 'x', lines, isNew);
    const store = withFaults(inner, [{ method: 'get', error: 'truncate' }]);

    const error = await rejection(collect(readJsonLines(store, 'x')), 'CAIN_STORE');

    expect(error.retryable).to.equal(true);
    store.assertAllHit();
  });

  it('lets go of the object when its reader leaves early', async () => {
    const store = openMemoryStore();
    await writeJsonLines(store, 'x', lines, isNew);
    let isDestroyed = false;
    const watched: Store = {
      ...store,
      async get(key, options) {
        const object = await store.get(key, options);
        const { body } = object;
        const destroy = (error?: Error): void => {
          isDestroyed = true;
          body.destroy(error);
        };
        return { ...object, body: { [Symbol.asyncIterator]: () => body[Symbol.asyncIterator](), destroy } };
      },
    };

    for await (const _ of readJsonLines(watched, 'x')) break;

    expect(isDestroyed).to.equal(true);
  });
});
