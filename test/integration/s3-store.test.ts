import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { readJsonLines, writeJsonLines } from '../../src/store/json-lines.ts';
import type { Store } from '../../src/store/store.ts';
import { probeStore } from '../../src/store/store-checks.ts';
import { startTestS3, type TestS3 } from '../support/test-s3.ts';
import { collect } from '../unit/store/conformance/collect.ts';
import { describeStore } from '../unit/store/store-conformance.ts';

describe('The S3 store on versitygw', () => {
  let s3: TestS3;
  let store: Store;

  before(async () => {
    s3 = await startTestS3();
    store = s3.openStore({ prefix: 'backups of/all+clusters/' });
  });
  after(async () => {
    store?.close();
    await s3?.stop();
  });

  describeStore('The S3 store on versitygw', () => ({ store, close: () => {} }));

  it('proves conditions and checksums, be it for several at a time', async () => {
    const { signal } = new AbortController();
    const probed = store.within('probed/');

    const probes = await Promise.all([1, 2, 3].map(() => probeStore(probed, { signal })));

    for (const { conditionalWrites, checksums, lifecycle, details } of probes) {
      expect({ conditionalWrites, checksums, lifecycle }, details.join()).to.deep.equal({
        conditionalWrites: true,
        checksums: true,
        lifecycle: 'safe',
      });
    }
    expect(await collect(probed.listUploads(''))).to.deep.equal([]);
  });

  it('keeps JSON lines that take several parts', async () => {
    function* lines() {
      for (let line = 0; line < 100; line++)
        yield { line, noise: randomBytes(150 * 1024).toString('base64') };
    }

    const { sha256, sizeBytes } = await writeJsonLines(store, 'lines.jsonl.gz', lines(), {
      ifNoneMatch: '*',
    });

    expect(sizeBytes).to.be.greaterThan(8 * 1024 * 1024);
    const read = await collect(readJsonLines(store, 'lines.jsonl.gz', { sha256 }));
    expect(read.map((line) => (line as { line: number }).line)).to.deep.equal(
      Array.from({ length: 100 }, (_, n) => n),
    );
  });
});
