import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { expect } from 'chai';
import { type ListingPage, readListingPage } from '../../../src/store/s3-listing-page.ts';
import { type CannedS3, startCannedS3 } from '../../support/canned-s3.ts';

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
const namespace = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';

function listing(inner: string): string {
  return `${declaration}<ListBucketResult ${namespace}>${inner}</ListBucketResult>`;
}

const etag = '&quot;d41d8cd98f00b204e9800998ecf8427e&quot;';

function object(key: string, more = '<StorageClass>STANDARD</StorageClass>'): string {
  return `<Contents><Key>${key}</Key><LastModified>2026-11-22T01:02:03.045Z</LastModified><ETag>${etag}</ETag><Size>5000000000</Size>${more}</Contents>`;
}

const end = '<IsTruncated>false</IsTruncated>';

/** Pages as servers write them. */
const plain: Readonly<Record<string, string>> = {
  AWS: listing(
    `<Name>b</Name><Prefix>a/</Prefix><NextContinuationToken>1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=</NextContinuationToken><KeyCount>2</KeyCount><MaxKeys>1000</MaxKeys><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>${object('a/1+b%2B', '<ChecksumAlgorithm>CRC32</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType><StorageClass>GLACIER</StorageClass>')}${object('a/2')}`,
  ),
  // versitygw, seen.
  'Go, on lines of their own': `${declaration}<ListBucketResult ${namespace}>\n  ${end}\n  ${object('a/1').replaceAll('&quot;', '&#34;').replaceAll('><', '>\n    <')}\n</ListBucketResult>\n`,
  'an owner': listing(
    `${end}${object('a/1', '<Owner><ID>x</ID><DisplayName>Key</DisplayName></Owner><StorageClass>STANDARD</StorageClass>')}`,
  ),
  'no class': listing(`${object('a/1', '')}${end}`),
  entities: listing(`${end}${object('a&amp;&lt;b&gt;&apos;&#xe9;&#233;é😀')}`),
  names: listing(
    `<Delimiter>/</Delimiter>${end}<CommonPrefixes><Prefix>a/b&amp;/</Prefix></CommonPrefixes><CommonPrefixes><Prefix>a/c/</Prefix></CommonPrefixes>`,
  ),
  'nothing found': listing(`<Prefix></Prefix><KeyCount>0</KeyCount>${end}`),
  'empty elements': listing(`<Marker/><Prefix/>${end}${object('a/1')}`),
};

const strange: Readonly<Record<string, string>> = {
  'an empty answer': '',
  'a web page': '<!doctype html><html><body>Log in</body></html>',
  'an error': `${declaration}<Error><Code>InternalError</Code></Error>`,
  'an error after blanks for a start': `${declaration}  <Error><Code>InternalError</Code></Error>`,
  'a page that is cut off': listing(`${end}${object('a/1')}`).slice(0, -20),
  'a page and more': `${listing(end)}<Error/>`,
  'no word of an end': listing(object('a/1')),
  'an end that is neither': listing('<IsTruncated>maybe</IsTruncated>'),
  'two ends': listing('<IsTruncated>false</IsTruncated><IsTruncated>true</IsTruncated>'),
  'no key': listing(`${end}${object('a/1').replace(/<Key>.*<\/Key>/, '')}`),
  'an empty key': listing(`${end}${object('')}`),
  'a key of blanks': listing(`${end}${object(' ')}`),
  'no size': listing(`${end}${object('a/1').replace(/<Size>.*<\/Size>/, '')}`),
  'a size that is no number': listing(`${end}${object('a/1').replace('5000000000', '5e9')}`),
  'a size with a sign': listing(`${end}${object('a/1').replace('5000000000', '-1')}`),
  'a time of elsewhere': listing(`${end}${object('a/1').replace('045Z', '045+01:00')}`),
  'a time that is none': listing(`${end}${object('a/1').replace('2026-11', '2026-13')}`),
  'two keys': listing(`${end}${object('a/1</Key><Key>a/2')}`),
  'a tag that another ends': listing(`${end}${object('a/1').replace('</Key>', '</Kex>')}`),
  'an entity of its own': listing(`${end}${object('a&nbsp;1')}`),
  'a bare ampersand': listing(`${end}${object('a&1')}`),
  'a character that is none': listing(`${end}${object('a&#x110000;')}`),
  'a comment': listing(`${end}<!-- ${object('a/1')} -->`),
  CDATA: listing(`${end}${object('<![CDATA[a/1]]>')}`),
  'line ends of DOS': listing(`${end}\r\n${object('a/1')}`),
  'a class that is empty': listing(`${end}${object('a/1', '<StorageClass/>')}`),
};

describe('readListingPage', () => {
  let s3: CannedS3;
  let answer = '';
  let client: S3Client;

  before(async () => {
    s3 = await startCannedS3(() => ({ body: answer }));
    client = new S3Client({
      endpoint: s3.endpoint,
      forcePathStyle: true,
      region: 'x',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
  });
  after(async () => {
    client.destroy();
    await s3.close();
  });

  async function readBySdk(xml: string): Promise<ListingPage> {
    answer = xml;
    const page = await client.send(new ListObjectsV2Command({ Bucket: 'b' }));
    return {
      Contents: (page.Contents ?? []).map(({ Key, Size, ETag, LastModified, StorageClass }) => ({
        Key,
        Size,
        ETag,
        LastModified,
        StorageClass,
      })),
      CommonPrefixes: page.CommonPrefixes ?? [],
      IsTruncated: page.IsTruncated,
      NextContinuationToken: page.NextContinuationToken,
      EncodingType: page.EncodingType,
    };
  }

  for (const [what, xml] of Object.entries(plain)) {
    it(`reads what the SDK reads: ${what}`, async () => {
      expect(readListingPage(xml)).to.deep.equal(await readBySdk(xml));
    });
  }

  it('reads characters that the SDK loses: those beyond 16 bits by their number', async () => {
    const xml = listing(`${end}${object('a&#x1F600;')}`);

    expect(readListingPage(xml)?.Contents?.[0]?.Key).to.equal('a😀');
    expect((await readBySdk(xml)).Contents?.[0]?.Key).not.to.equal('a😀');
  });

  for (const [what, xml] of Object.entries(strange)) {
    it(`leaves to the SDK: ${what}`, () => {
      expect(readListingPage(xml)).to.equal(undefined);
    });
  }
});
