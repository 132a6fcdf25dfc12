import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { expect } from 'chai';
import type { MultipartUpload, Store } from '../../../../src/store/store.ts';
import { rejection } from '../../../support/error-code.ts';
import { bytesOf, collect } from './collect.ts';

/** All parts but the last have at least 5 MiB. */
const parts = [randomBytes(5 * 1024 * 1024), randomBytes(5 * 1024 * 1024 + 7), randomBytes(99)];
const bytes = Buffer.concat(parts);
const whole = { sizeBytes: bytes.length, crc32: crc32(bytes) };

async function uploadParts(upload: MultipartUpload): Promise<void> {
  await Promise.all(parts.map((part, index) => upload.uploadPart(index + 1, part)));
}

async function pendingKeys(store: Store, prefix = ''): Promise<string[]> {
  return (await collect(store.listUploads(prefix))).map(({ key }) => key);
}

export function checkUploads(freshStore: () => Store): void {
  describe('uploads in parts', () => {
    it('makes one object of the parts, with the CRC-32 of the whole', async () => {
      const store = freshStore();
      const upload = await store.beginUpload('file');
      await uploadParts(upload);
      expect(await store.head('file')).to.equal(undefined);

      const stored = await upload.complete(whole);

      expect((await bytesOf(store, 'file')).equals(bytes)).to.equal(true);
      expect(await store.head('file')).to.include({ ...whole, etag: stored.etag });
      expect(await pendingKeys(store)).to.deep.equal([]);
    });

    it('takes a single small part', async () => {
      const store = freshStore();
      const upload = await store.beginUpload('file');
      await upload.uploadPart(1, Buffer.from('small'));

      await upload.complete({ sizeBytes: 5, crc32: crc32('small') });

      expect((await bytesOf(store, 'file')).toString()).to.equal('small');
    });

    it('refuses a damaged part and takes it when it is sent again', async () => {
      const store = freshStore();
      const upload = await store.beginUpload('file');

      const error = await rejection(
        upload.uploadPart(1, Buffer.from('damaged'), { crc32: crc32('intact') }),
        'CAIN_STORE_CHECKSUM',
      );

      expect(error.retryable).to.equal(true);
      await upload.uploadPart(1, Buffer.from('intact'), { crc32: crc32('intact') });
      await upload.complete({ sizeBytes: 6, crc32: crc32('intact') });
      expect((await bytesOf(store, 'file')).toString()).to.equal('intact');
    });

    it('replaces a part that is sent twice', async () => {
      const store = freshStore();
      const upload = await store.beginUpload('file');
      await upload.uploadPart(1, Buffer.from('first'));
      await upload.uploadPart(1, Buffer.from('second'));

      await upload.complete({ sizeBytes: 6, crc32: crc32('second') });

      expect((await bytesOf(store, 'file')).toString()).to.equal('second');
    });

    for (const [what, wrong] of [
      ['another CRC-32', { ...whole, crc32: whole.crc32 ^ 1 }],
      ['another size', { ...whole, sizeBytes: whole.sizeBytes + 1 }],
    ] as const) {
      it(`completes nothing where the whole has ${what}`, async () => {
        const store = freshStore();
        const upload = await store.beginUpload('file');
        await uploadParts(upload);

        await rejection(upload.complete(wrong), 'CAIN_STORE_CHECKSUM');

        expect(await store.head('file')).to.equal(undefined);
        await upload.abort();
        expect(await pendingKeys(store)).to.deep.equal([]);
      });
    }

    it('completes nothing where a part is missing', async () => {
      const store = freshStore();
      const upload = await store.beginUpload('file');
      await upload.uploadPart(1, parts[0] as Buffer);

      await rejection(upload.complete(whole), 'CAIN_STORE_CHECKSUM');

      await upload.abort();
    });

    it('overwrites nothing', async () => {
      const store = freshStore();
      await store.put('file', Buffer.from('older'));
      const upload = await store.beginUpload('file');
      await upload.uploadPart(1, Buffer.from('newer'));

      await rejection(upload.complete({ sizeBytes: 5, crc32: crc32('newer') }), 'CAIN_STORE_EXISTS');

      expect((await bytesOf(store, 'file')).toString()).to.equal('older');
      await upload.abort();
      expect(await pendingKeys(store)).to.deep.equal([]);
    });

    it('lets one of ten racing uploads win', async () => {
      const store = freshStore();
      const uploads = await Promise.all(Array.from({ length: 10 }, () => store.beginUpload('race')));
      await Promise.all(uploads.map((upload, racer) => upload.uploadPart(1, Buffer.from([racer]))));

      const outcomes = await Promise.allSettled(
        uploads.map((upload, racer) => upload.complete({ sizeBytes: 1, crc32: crc32(Buffer.from([racer])) })),
      );

      const winners = outcomes.flatMap(({ status }, racer) => (status === 'fulfilled' ? [racer] : []));
      expect(winners).to.have.length(1);
      expect([...(await bytesOf(store, 'race'))]).to.deep.equal(winners);
      await Promise.all(uploads.map((upload, racer) => (racer === winners[0] ? undefined : upload.abort())));
    });

    it('leaves nothing of an aborted upload, parts under way included', async () => {
      const store = freshStore();
      const upload = await store.beginUpload('file');
      await upload.uploadPart(1, parts[0] as Buffer);
      const underWay = upload.uploadPart(2, parts[1] as Buffer).catch(() => 'stopped');

      await upload.abort();
      await upload.abort();

      await underWay;
      expect(await pendingKeys(store)).to.deep.equal([]);
      expect(await store.head('file')).to.equal(undefined);
      await rejection(upload.uploadPart(3, Buffer.from('late')), 'CAIN_STORE_MISSING');
    });

    it('lists and aborts what others left, by prefix', async () => {
      const store = freshStore();
      await store.beginUpload('pod-1/file');
      await store.beginUpload('pod-1/other file');
      await store.beginUpload('pod-10/file');

      const [first, ...others] = await collect(store.listUploads('pod-1/'));

      if (!first) throw new Error('no upload was listed');
      expect([first, ...others].map(({ key }) => key)).to.have.members(['pod-1/file', 'pod-1/other file']);
      expect(Math.abs(first.initiated.getTime() - Date.now())).to.be.lessThan(60_000);
      await store.abortUpload(first);
      await store.abortUpload(first);
      expect(await pendingKeys(store, 'pod-1/')).to.deep.equal(others.map(({ key }) => key));
      for (const upload of await collect(store.listUploads(''))) await store.abortUpload(upload);
      expect(await pendingKeys(store)).to.deep.equal([]);
    });

    it('stops a part when its signal fires', async () => {
      const store = freshStore();
      const upload = await store.beginUpload('file');
      const reason = new Error('the run was stopped');

      const outcome = await upload
        .uploadPart(1, parts[0] as Buffer, { signal: AbortSignal.abort(reason) })
        .catch((error: unknown) => error);

      expect(outcome).to.equal(reason);
      await upload.abort();
    });
  });
}
