import { GetObjectCommand, PutObjectCommand, S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { expect } from 'chai';
import { encodeKey, signQuery } from '../../../src/store/sigv4-query.ts';

const date = new Date('2026-01-02T03:04:05Z');
const credentials = { accessKeyId: 'AKIA', secretAccessKey: 'se/cr+et', sessionToken: 'to/k+en==' };
const scope = { region: 'eu-central-1', date, lifetimeSeconds: 900 };
const keys = [
  'shop/abc123/20260102030405/cassandra-0/users/nb-1-big-Data.db',
  "a b+c/ü'(x)*~!.db",
  'SAI+aa+idx+TermsData.db',
  'a//b',
];

function client(changes: object): S3Client {
  return new S3Client({
    region: scope.region,
    credentials,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...changes,
  });
}

describe('signQuery', () => {
  for (const key of keys) {
    it(`signs a part of ${key} as the SDK does, byte for byte`, async () => {
      const command = new UploadPartCommand({
        Bucket: 'b',
        Key: key,
        UploadId: 'u+/=&',
        PartNumber: 3,
        ContentLength: 12,
        ChecksumCRC32: 'AAAAAA==',
      });
      const sdk = await getSignedUrl(
        client({ endpoint: 'http://127.0.0.1:9000', forcePathStyle: true }),
        command,
        {
          expiresIn: 900,
          signingDate: date,
          unhoistableHeaders: new Set(['x-amz-checksum-crc32']),
        },
      );

      const own = signQuery(
        {
          method: 'PUT',
          host: '127.0.0.1:9000',
          path: `/b/${encodeKey(key)}`,
          query: { partNumber: '3', uploadId: 'u+/=&', 'x-id': 'UploadPart' },
          headers: { 'content-length': '12', 'x-amz-checksum-crc32': 'AAAAAA==' },
        },
        scope,
        credentials,
      );

      expect(`http://127.0.0.1:9000${own}`).to.equal(sdk);
    });
  }

  it('signs a put with its condition, class and encryption as the SDK does', async () => {
    const command = new PutObjectCommand({
      Bucket: 'buck',
      Key: 'k',
      ContentLength: 12,
      ChecksumCRC32: 'AAAAAA==',
      IfNoneMatch: '*',
      StorageClass: 'STANDARD_IA',
      ServerSideEncryption: 'aws:kms',
      SSEKMSKeyId: 'key',
    });
    const headers = {
      'content-length': '12',
      'x-amz-checksum-crc32': 'AAAAAA==',
      'if-none-match': '*',
      'x-amz-storage-class': 'STANDARD_IA',
      'x-amz-server-side-encryption': 'aws:kms',
      'x-amz-server-side-encryption-aws-kms-key-id': 'key',
    };
    const sdk = await getSignedUrl(client({}), command, {
      expiresIn: 900,
      signingDate: date,
      unhoistableHeaders: new Set(Object.keys(headers)),
    });

    const own = signQuery(
      {
        method: 'PUT',
        host: 'buck.s3.eu-central-1.amazonaws.com',
        path: '/k',
        query: { 'x-id': 'PutObject' },
        headers,
      },
      scope,
      credentials,
    );

    expect(`https://buck.s3.eu-central-1.amazonaws.com${own}`).to.equal(sdk);
  });

  it('signs a get with lasting credentials as the SDK does', async () => {
    const lasting = { accessKeyId: 'AKIA', secretAccessKey: 'secret' };
    const sdk = await getSignedUrl(
      client({ credentials: lasting, endpoint: 'http://s3.local/base', forcePathStyle: true }),
      new GetObjectCommand({ Bucket: 'buck', Key: 'k/x' }),
      { expiresIn: 900, signingDate: date },
    );

    const own = signQuery(
      {
        method: 'GET',
        host: 's3.local',
        path: '/base/buck/k/x',
        query: { 'x-id': 'GetObject' },
        headers: {},
      },
      scope,
      lasting,
    );

    expect(`http://s3.local${own}`).to.equal(sdk);
  });
});
