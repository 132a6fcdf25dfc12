import { expect } from 'chai';
import {
  type CannedAnswer,
  type CannedRequest,
  type CannedS3,
  s3Error,
  startCannedS3,
} from '../../support/canned-s3.ts';
import { rejection } from '../../support/error-code.ts';
import { collect, until } from './conformance/collect.ts';

function xml(body: string): CannedAnswer {
  return { headers: { 'content-type': 'application/xml' }, body: `<?xml version="1.0"?>${body}` };
}

const emptyListing = xml('<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>');

describe('openS3Store, with answers that no server at hand gives', () => {
  let s3: CannedS3;
  let answer: (request: CannedRequest, count: number) => CannedAnswer;

  beforeEach(async () => {
    s3 = await startCannedS3((request, count) => answer(request, count));
  });
  afterEach(() => s3.close());

  describe('head', () => {
    it('asks a second time, with a body, before it says that an object is missing', async () => {
      answer = ({ method }) => (method === 'HEAD' ? { status: 404 } : emptyListing);

      expect(await s3.openStore().head('k')).to.equal(undefined);

      expect(s3.requests.map(({ method }) => method)).to.deep.equal(['HEAD', 'GET']);
    });

    it('throws what the second answer says', async () => {
      answer = ({ method }) => (method === 'HEAD' ? { status: 404 } : s3Error(404, 'NoSuchBucket'));

      await rejection(s3.openStore().head('k'), 'CAIN_STORE_ACCESS');
    });

    it('throws when the two answers disagree', async () => {
      const listing = `<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>k</Key></Contents></ListBucketResult>`;
      answer = ({ method }) => (method === 'HEAD' ? { status: 404 } : xml(listing));

      expect(await rejection(s3.openStore().head('k'), 'CAIN_STORE')).to.include({ retryable: true });
    });

    it('does not take a forbidden look-up for a missing object', async () => {
      answer = () => ({ status: 403 });

      await rejection(s3.openStore().head('k'), 'CAIN_STORE_ACCESS');
    });

    it('knows the class of an object and no checksum of checksums', async () => {
      answer = () => ({
        headers: {
          etag: '"e-2"',
          'last-modified': 'Sun, 22 Nov 2026 01:02:03 GMT',
          'x-amz-checksum-crc32': 'y/Q5Jg==-2',
          'x-amz-checksum-type': 'COMPOSITE',
          'x-amz-storage-class': 'GLACIER',
          'x-amz-version-id': 'v1',
        },
      });

      expect(await s3.openStore().head('k')).to.deep.equal({
        etag: '"e-2"',
        versionId: 'v1',
        sizeBytes: 0,
        lastModified: new Date('2026-11-22T01:02:03Z'),
        storageClass: 'GLACIER',
      });
    });
  });

  it('asks for the CRC-32 with every get and head', async () => {
    answer = () => ({ headers: { etag: '"e"', 'last-modified': 'Sun, 22 Nov 2026 01:02:03 GMT' } });
    const store = s3.openStore();

    (await store.get('k')).body.destroy();
    await store.head('k');

    for (const { headers } of s3.requests) expect(headers['x-amz-checksum-mode']).to.equal('ENABLED');
  });

  describe('list', () => {
    it('decodes keys where the server says that they are encoded, and only there', async () => {
      const contents = (key: string) =>
        `<Contents><Key>${key}</Key><Size>1</Size><ETag>"e"</ETag><LastModified>2026-11-22T01:02:03Z</LastModified></Contents>`;
      const encoded = `<EncodingType>url</EncodingType>${contents('a+b%2Bc%01')}`;
      answer = (_, count) =>
        xml(
          `<ListBucketResult><IsTruncated>false</IsTruncated>${count === 1 ? encoded : contents('a+b%2Bc')}</ListBucketResult>`,
        );
      const store = s3.openStore();

      expect((await collect(store.list(''))).map(({ key }) => key)).to.deep.equal(['a b+c\u0001']);
      expect((await collect(store.list(''))).map(({ key }) => key)).to.deep.equal(['a+b%2Bc']);
    });

    it('goes on where the page before ended, and fails where it can not', async () => {
      const page = (n: number, more: string) =>
        xml(
          `<ListBucketResult><IsTruncated>true</IsTruncated>${more}<CommonPrefixes><Prefix>p/${n}/</Prefix></CommonPrefixes></ListBucketResult>`,
        );
      answer = (_, count) =>
        page(count, count < 3 ? `<NextContinuationToken>t${count}</NextContinuationToken>` : '');
      const names: string[] = [];

      const error = await rejection(
        (async () => {
          for await (const name of s3.openStore().listNames('p/')) names.push(name);
        })(),
        'CAIN_STORE',
      );

      expect(names).to.deep.equal(['1', '2']);
      expect(
        s3.requests.map(({ url }) => new URL(url, 'http://x').searchParams.get('continuation-token')),
      ).to.deep.equal([null, 't1', 't2']);
      expect(error).to.include({ retryable: true });
    });

    it('asks for the next page while this one is worked on, and waits for none that nobody wants', async () => {
      const page = `<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken><CommonPrefixes><Prefix>p/1/</Prefix></CommonPrefixes></ListBucketResult>`;
      answer = (_, count) => (count === 1 ? xml(page) : { isSilent: true });

      for await (const name of s3.openStore().listNames('p/')) {
        expect(name).to.equal('1');
        await until(() => s3.requests.length === 2, 'the next page is asked for');
        break;
      }
    });

    it('goes through the pages of unfinished uploads', async () => {
      answer = (_, count) =>
        xml(
          `<ListMultipartUploadsResult><IsTruncated>${count === 1}</IsTruncated><NextKeyMarker>p/a</NextKeyMarker><NextUploadIdMarker>u1</NextUploadIdMarker>` +
            `<Upload><Key>p/a</Key><UploadId>u${count}</UploadId><Initiated>2026-11-22T01:02:03Z</Initiated></Upload></ListMultipartUploadsResult>`,
        );

      const uploads = await collect(s3.openStore({ prefix: 'p/' }).listUploads(''));

      expect(uploads.map(({ key, uploadId }) => `${key} ${uploadId}`)).to.deep.equal(['a u1', 'a u2']);
      expect(s3.requests[1]?.url).to.contain('key-marker=p%2Fa').and.to.contain('upload-id-marker=u1');
    });
  });

  describe('delete', () => {
    const errors = (...codes: string[]) =>
      xml(
        `<DeleteResult>${codes.map((code) => `<Error><Key>p/${code}</Key><Code>${code}</Code><Message>words</Message></Error>`).join('')}</DeleteResult>`,
      );

    it('tells apart what the store refuses, what is gone already and what may work later', async () => {
      answer = () => errors('AccessDenied', 'NoSuchKey');

      expect(await s3.openStore({ prefix: 'p/' }).delete(['AccessDenied', 'NoSuchKey', 'x'])).to.deep.equal({
        deleted: 2,
        refused: [{ key: 'AccessDenied', reason: 'AccessDenied, words' }],
      });
    });

    it('sends again the keys that the server was too busy for, and those alone', async () => {
      answer = (_, count) => (count === 1 ? errors('AccessDenied', 'SlowDown', 'InternalError') : errors());
      const keys = ['AccessDenied', 'SlowDown', 'InternalError', 'x'];

      const { deleted, refused } = await s3.openStore({ prefix: 'p/' }).delete(keys);

      expect(
        s3.requests.map(({ body }) => [...body.toString().matchAll(/<Key>p\/(\w+)/g)].map(([, key]) => key)),
      ).to.deep.equal([keys, ['SlowDown', 'InternalError']]);
      expect([deleted, refused.length]).to.deep.equal([3, 1]);
    });

    it('fails, and may be tried again, where the server stays too busy for a key', async () => {
      answer = () => errors('InternalError');

      const error = await rejection(s3.openStore({ prefix: 'p/' }).delete(['InternalError']), 'CAIN_STORE');

      expect(error).to.include({ retryable: true });
      expect(s3.requests).to.have.length(5);
    }).timeout(20_000);

    it('tells how much of it a versioned bucket only marked', async () => {
      const deleted = (key: string, isMarked: boolean) =>
        `<Deleted><Key>p/${key}</Key>${isMarked ? '<DeleteMarker>true</DeleteMarker>' : ''}</Deleted>`;
      answer = () => xml(`<DeleteResult>${deleted('a', true)}${deleted('b', false)}</DeleteResult>`);

      const result = await s3.openStore({ prefix: 'p/' }).delete(['a', 'b']);

      expect(result).to.deep.equal({ deleted: 2, refused: [], marked: 1 });
    });

    for (const [status, code] of [
      [400, 'MissingContentMD5'],
      [501, 'NotImplemented'],
    ] as const) {
      it(`deletes one by one, from then on, where batches are refused with ${code}`, async () => {
        answer = ({ method, url }) => {
          if (method === 'POST') return s3Error(status, code);
          return url.includes('locked') ? s3Error(403, 'AccessDenied') : { status: 204 };
        };
        const store = s3.openStore();

        expect((await store.delete(['a', 'locked', 'b'])).refused.map(({ key }) => key)).to.deep.equal([
          'locked',
        ]);
        expect(await store.within('c/').delete(['d'])).to.deep.equal({ deleted: 1, refused: [] });

        expect(store.requests).to.deep.equal({ DeleteObjects: 1, DeleteObject: 4 });
      });
    }

    it('throws when the whole request fails', async () => {
      answer = () => s3Error(403, 'InvalidAccessKeyId');

      await rejection(s3.openStore().delete(['a']), 'CAIN_STORE_ACCESS');
    });
  });

  describe('uploads', () => {
    const begun = xml(
      '<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>',
    );
    const completed = (inner = '') =>
      xml(`<CompleteMultipartUploadResult><ETag>"e-1"</ETag>${inner}</CompleteMultipartUploadResult>`);
    const head = (sizeBytes: number) => ({
      headers: {
        etag: '"e-1"',
        'last-modified': 'Sun, 22 Nov 2026 01:02:03 GMT',
        'content-length': String(sizeBytes),
      },
    });

    async function uploadOne(completion: CannedAnswer, found = head(1)) {
      answer = ({ method, url }) => {
        if (method === 'HEAD') return found;
        if (method === 'PUT') return { headers: { etag: '"p"' } };
        return url.includes('uploads') ? begun : completion;
      };
      const upload = await s3.openStore().beginUpload('k');
      await upload.uploadPart(1, Buffer.from('x'));
      return await upload.complete({ sizeBytes: 1, crc32: 0x8cdc1683 });
    }

    it('asks for a full-object CRC-32 and sends that of the whole, its size and If-None-Match', async () => {
      const stored = await uploadOne(completed('<ChecksumCRC32>jNwWgw==</ChecksumCRC32>'));

      expect(stored).to.deep.equal({ etag: '"e-1"' });
      const [begin, , complete] = s3.requests;
      expect(begin?.headers).to.include({
        'x-amz-checksum-algorithm': 'CRC32',
        'x-amz-checksum-type': 'FULL_OBJECT',
      });
      expect(complete?.headers).to.include({
        'x-amz-checksum-crc32': 'jNwWgw==',
        'x-amz-checksum-type': 'FULL_OBJECT',
        'x-amz-mp-object-size': '1',
        'if-none-match': '*',
      });
    });

    it('fails when the server computed another CRC-32, or stored another size without one', async () => {
      await rejection(uploadOne(completed('<ChecksumCRC32>AAAAAA==</ChecksumCRC32>')), 'CAIN_STORE_CHECKSUM');
      await rejection(uploadOne(completed(), head(2)), 'CAIN_STORE_CHECKSUM');
      expect(await uploadOne(completed(), head(1))).to.deep.equal({ etag: '"e-1"' });
    });

    for (const code of ['NoSuchUpload', 'PreconditionFailed']) {
      it(`recognises its own object when a completion whose answer was lost ends with ${code}`, async () => {
        const status = code === 'NoSuchUpload' ? 404 : 412;
        const completions = [s3Error(500, 'InternalError'), s3Error(status, code), s3Error(status, code)];
        const crc32 = { 'x-amz-checksum-crc32': 'jNwWgw==', 'x-amz-checksum-type': 'FULL_OBJECT' };
        let found = { headers: { ...head(1).headers, ...crc32 } };
        answer = ({ method, url }) => {
          if (method === 'HEAD') return found;
          if (method === 'PUT') return { headers: { etag: '"p"' } };
          return url.includes('uploads') ? begun : (completions.shift() ?? {});
        };
        const upload = await s3.openStore({ retries: 1 }).beginUpload('k');
        await upload.uploadPart(1, Buffer.from('x'));

        expect(await upload.complete({ sizeBytes: 1, crc32: 0x8cdc1683 })).to.deep.equal({ etag: '"e-1"' });

        found = { headers: { ...found.headers, 'x-amz-checksum-crc32': 'AAAAAA==' } };
        await rejection(
          upload.complete({ sizeBytes: 1, crc32: 0x8cdc1683 }),
          code === 'NoSuchUpload' ? 'CAIN_STORE_MISSING' : 'CAIN_STORE_EXISTS',
        );
      });
    }

    it('recognises its own object when a completion that failed is asked for again', async () => {
      const completions = [s3Error(500, 'InternalError'), s3Error(404, 'NoSuchUpload')];
      const crc32 = { 'x-amz-checksum-crc32': 'jNwWgw==', 'x-amz-checksum-type': 'FULL_OBJECT' };
      answer = ({ method, url }) => {
        if (method === 'HEAD') return { headers: { ...head(1).headers, ...crc32 } };
        if (method === 'PUT') return { headers: { etag: '"p"' } };
        return url.includes('uploads') ? begun : (completions.shift() ?? {});
      };
      const upload = await s3.openStore().beginUpload('k');
      await upload.uploadPart(1, Buffer.from('x'));
      const whole = { sizeBytes: 1, crc32: 0x8cdc1683 };
      await rejection(upload.complete(whole), 'CAIN_STORE');

      expect(await upload.complete(whole)).to.deep.equal({ etag: '"e-1"' });
    });

    it('stops the parts under way before it aborts, and aborts twice where one may linger', async () => {
      answer = ({ method, url }) => {
        if (method === 'PUT')
          return url.includes('partNumber=1&') ? { headers: { etag: '"p"' } } : { isSilent: true };
        return method === 'DELETE' ? { status: 204 } : begun;
      };
      const store = s3.openStore();
      const [calm, hasty] = [await store.beginUpload('k'), await store.beginUpload('k')];
      await calm.uploadPart(1, Buffer.from('x'));
      const part = rejection(hasty.uploadPart(2, Buffer.from('x')), 'CAIN_STORE');
      await until(() => s3.requests.some(({ url }) => url.includes('partNumber=2')), 'the part is under way');

      await calm.abort();
      expect(store.requests.AbortMultipartUpload).to.equal(1);
      await hasty.abort();

      expect((await part).message).to.contain('aborted');
      expect(store.requests.AbortMultipartUpload).to.equal(3);
    });

    it('does not take a refusal with status 200 for success', async () => {
      await rejection(
        uploadOne(xml('<Error><Code>InternalError</Code><Message>words</Message></Error>')),
        'CAIN_STORE',
      );
    });
  });

  describe('put', () => {
    it('reads a small object back where the server knows no CRC-32, to recognise its own', async () => {
      answer = ({ method }, count) => {
        if (method === 'PUT')
          return count === 1 ? s3Error(500, 'InternalError') : s3Error(412, 'PreconditionFailed');
        const headers = {
          etag: '"e"',
          'last-modified': 'Sun, 22 Nov 2026 01:02:03 GMT',
          'content-length': '4',
        };
        return { headers, body: 'ours' };
      };
      const store = s3.openStore({ retries: 1 });

      expect(await store.put('k', Buffer.from('ours'), { ifNoneMatch: '*' })).to.deep.equal({ etag: '"e"' });
      expect(s3.requests.map(({ method }) => method)).to.deep.equal(['PUT', 'PUT', 'HEAD', 'GET']);
    });

    it('fails without an ETag', async () => {
      answer = () => ({});

      await rejection(s3.openStore().put('k', Buffer.from('x')), 'CAIN_STORE');
    });
  });

  describe('expirationRules', () => {
    it('finds the rules that meet its prefix', async () => {
      const rule = (id: string, prefix: string) =>
        `<Rule><ID>${id}</ID><Status>Enabled</Status><Filter><Prefix>${prefix}</Prefix></Filter><Expiration><Days>30</Days></Expiration></Rule>`;
      answer = () =>
        xml(
          `<LifecycleConfiguration>${rule('ours', 'backups/')}${rule('logs', 'logs/')}</LifecycleConfiguration>`,
        );

      expect(await s3.openStore({ prefix: 'backups/ns/c/' }).expirationRules()).to.deep.equal([
        { id: 'ours', prefix: 'backups/' },
      ]);
    });

    it('knows none where there is no configuration or no such function, and does not know where it may not ask', async () => {
      const answers = [
        s3Error(404, 'NoSuchLifecycleConfiguration'),
        s3Error(501, 'NotImplemented'),
        s3Error(403, 'AccessDenied'),
        s3Error(500, 'InternalError'),
      ];
      answer = (_, count) => answers[count - 1] ?? {};
      const store = s3.openStore();

      expect(await store.expirationRules()).to.deep.equal([]);
      expect(await store.expirationRules()).to.deep.equal([]);
      expect(await store.expirationRules()).to.equal(undefined);
      await rejection(store.expirationRules(), 'CAIN_STORE');
    });
  });

  it('reads the time from the Date header', async () => {
    answer = () => ({ ...emptyListing, headers: { date: 'Sun, 22 Nov 2026 01:02:03 GMT' } });

    expect(await s3.openStore().now()).to.deep.equal(new Date('2026-11-22T01:02:03Z'));
  });

  for (const body of ['', '<html><body>Welcome<br></body>', '<html><body>Well formed</body></html>']) {
    it(`does not take the answer "${body}" for an empty listing`, async () => {
      answer = ({ method }) => (method === 'HEAD' ? { status: 404 } : { body });
      const store = s3.openStore();

      await rejection(collect(store.list('')), 'CAIN_STORE');
      await rejection(collect(store.listNames('')), 'CAIN_STORE');
      await rejection(collect(store.listUploads('')), 'CAIN_STORE');
      await rejection(store.head('k'), 'CAIN_STORE');
    });
  }

  it('fails at a bucket that is elsewhere, with the region in its hint', async () => {
    answer = () => s3Error(301, 'PermanentRedirect');

    expect((await rejection(s3.openStore().get('k'), 'CAIN_STORE_ACCESS')).hint).to.contain('AWS_REGION');
  });
});
