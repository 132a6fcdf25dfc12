import { expect } from 'chai';
import { CainError } from '../../../src/errors.ts';
import { probeStore } from '../../../src/store/store-checks.ts';
import { rejection } from '../../support/error-code.ts';
import { withFaults } from '../../support/faulty-store.ts';
import { openMemoryStore } from '../../support/memory-store.ts';
import { collect, keysUnder } from './conformance/collect.ts';

const { signal } = new AbortController();

describe('probeStore', () => {
  it('finds nothing wrong with a good store, the first time and later', async () => {
    const store = openMemoryStore();

    for (let time = 0; time < 3; time++) {
      expect(await probeStore(store, { signal })).to.deep.equal({
        conditionalWrites: true,
        checksums: true,
        ignored: [],
        lifecycle: 'safe',
        details: [],
      });
    }
  });

  it('writes only under its own prefix and leaves no upload behind', async () => {
    const store = openMemoryStore({ ignoresChecksums: true });

    await probeStore(store, { signal });

    const keys = await keysUnder(store, '');
    expect(keys).to.have.members(
      ['checksum', 'conditional', 'replaced'].map((name) => `.cain/probe/${name}`),
    );
    expect(await collect(store.listUploads(''))).to.deep.equal([]);
  });

  it('lets two probes run at a time', async () => {
    const store = openMemoryStore();

    const probes = await Promise.all(Array.from({ length: 5 }, () => probeStore(store, { signal })));

    for (const probe of probes) expect(probe.details).to.deep.equal([]);
  });

  it('finds that conditions are ignored, each by name', async () => {
    const { conditionalWrites, checksums, details } = await probeStore(
      openMemoryStore({ ignoresConditions: true }),
      {
        signal,
      },
    );

    expect({ conditionalWrites, checksums }).to.deep.equal({ conditionalWrites: false, checksums: true });
    expect(details.map((detail) => detail.replace(/ is ignored.*/, ''))).to.deep.equal([
      'If-None-Match of a put',
      'If-None-Match of an upload in parts',
      'If-Match of a put',
    ]);
  });

  it('finds that checksums are ignored, each by name, every time', async () => {
    const store = openMemoryStore({ ignoresChecksums: true });
    await probeStore(store, { signal });

    const { conditionalWrites, checksums, details } = await probeStore(store, { signal });

    expect({ conditionalWrites, checksums }).to.deep.equal({ conditionalWrites: true, checksums: false });
    expect(details.map((detail) => detail.replace(/ is ignored.*/, ''))).to.deep.equal([
      'The CRC-32 of a put',
      'The CRC-32 of a part',
      'The CRC-32 of a whole upload',
    ]);
  });

  it('finds a store that refuses every condition', async () => {
    const unknown = new CainError('CAIN_STORE', 'NotImplemented');
    const store = withFaults(openMemoryStore(), [
      { method: 'put', keyMatches: /conditional|replaced/, error: unknown, times: 9 },
    ]);

    const { conditionalWrites, details } = await probeStore(store, { signal });

    expect(conditionalWrites).to.equal(false);
    expect(details[0]).to.equal('If-None-Match of a put does not work: NotImplemented');
    store.assertAllHit();
  });

  it('blames no store for one answer that was damaged on its way', async () => {
    const damaged = new CainError('CAIN_STORE_MISSING', 'NoSuchUpload');
    const store = withFaults(openMemoryStore(), [
      { method: 'put', keyMatches: /conditional/, error: damaged },
      { method: 'put', keyMatches: /replaced/, error: damaged },
      { method: 'put', keyMatches: /checksum/, error: damaged },
      { method: 'beginUpload', keyMatches: /conditional/, error: damaged },
      { method: 'uploadPart', keyMatches: /multipart/, error: damaged },
    ]);

    expect((await probeStore(store, { signal })).details).to.deep.equal([]);
    store.assertAllHit();
  });

  it('finds a store that refuses the right ETag', async () => {
    const changed = new CainError('CAIN_STORE_CHANGED', 'no');
    const store = withFaults(openMemoryStore(), [
      { method: 'put', keyMatches: /replaced/, error: changed, times: 5 },
    ]);

    const { conditionalWrites, details } = await probeStore(store, { signal });

    expect(conditionalWrites).to.equal(false);
    expect(details).to.deep.equal(['If-Match of a put does not work: the right ETag is refused']);
    store.assertAllHit();
  });

  it('repeats what failed in passing and throws what stands in the way', async () => {
    const conflict = new CainError('CAIN_STORE', 'ConditionalRequestConflict', { retryable: true });
    const denied = new CainError('CAIN_STORE_ACCESS', 'AccessDenied');
    const passing = withFaults(openMemoryStore(), [{ method: 'put', error: conflict }]);
    const closed = withFaults(openMemoryStore(), [{ method: 'beginUpload', error: denied }]);

    expect((await probeStore(passing, { signal })).details).to.deep.equal([]);
    expect(await rejection(probeStore(closed, { signal }), 'CAIN_STORE_ACCESS')).to.equal(denied);

    passing.assertAllHit();
    closed.assertAllHit();
  });

  it('tells of lifecycle rules that would delete backups, and of those that it can not read', async () => {
    const expiring = openMemoryStore({ expirationRules: [{ id: 'tidy up', prefix: 'cain/' }] });
    const silent = openMemoryStore({ expirationRules: undefined });

    const [expires, unknown] = [await probeStore(expiring, { signal }), await probeStore(silent, { signal })];

    expect(expires.lifecycle).to.equal('expires');
    expect(expires.details.join()).to.contain('"tidy up" (prefix "cain/")');
    expect(unknown.lifecycle).to.equal('unknown');
    expect(unknown.details).to.have.length(1);
  });
});
