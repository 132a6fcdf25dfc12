import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { expect } from 'chai';
import { type ListingPage, readListingPage } from '../../../src/store/s3-listing-page.ts';
import { type CannedS3, startCannedS3 } from '../../support/canned-s3.ts';
import { seededNumbers } from '../../support/faults/seeded-numbers.ts';

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
  'bytes lost between two objects': listing(
    `${end}${object('a/1')}<C${object('a/2').slice(12)}${object('a/3')}`,
  ),
  'bytes lost between two names': listing(
    `${end}<CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes><Coefix>b/</Prefix></CommonPrefixes>`,
  ),
  'an end without a start': listing(`${end}${object('a/1')}</Contents>`),
  'a start without an end': listing(`${end}${object('a/1', '<Owner><ID>x</ID>')}`),
  'an attribute of an object': listing(`${end}${object('a/1').replace('<Contents>', '<Contents xmlns="">')}`),
  'a blank in a tag': listing(`${end}${object('a/1').replace('<Contents>', '<Contents >')}`),
  'an empty object': listing(`${end}<Contents/>`),
  'an empty name': listing(`${end}<CommonPrefixes/>`),
  'objects further within': listing(`${end}<Found>${object('a/1')}</Found>`),
  'an end further within': listing(`<Owner>${end}</Owner>${object('a/1')}`),
  'a size further within': listing(
    `${end}${object('a/1', '<Part><Size>1</Size></Part>').replace('<Size>5000000000</Size>', '')}`,
  ),
  'an instruction': listing(`${end}<?x ${object('a/1')}?>${object('a/2')}`),
  'a root that is empty': `${declaration}<ListBucketResult />${listing(end)}`,
  'another root': listing(end).replaceAll('ListBucketResult', 'ListBucketsResult'),
  'a mark of the byte order': `\uFEFF${listing(end).slice(declaration.length)}`,
  'a token of blanks': listing(
    `<IsTruncated>true</IsTruncated><NextContinuationToken> </NextContinuationToken>`,
  ),
  'an hour that is none': listing(`${end}${object('a/1').replace('T01', 'T24')}`),
  'more than milliseconds': listing(`${end}${object('a/1').replace('045Z', '0459Z')}`),
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

  it('is never more sure than the SDK of a page that was damaged', async () => {
    const objects = Array.from({ length: 12 }, (_, index) =>
      object(`a/${index}`, index % 2 ? '<Owner><ID>x</ID></Owner>' : undefined),
    );
    const whole = listing(
      `<Name>b</Name>${end}${objects.join('')}<CommonPrefixes><Prefix>a/b/</Prefix></CommonPrefixes>`,
    );
    const random = seededNumbers(20261130);
    const below = (limit: number) => Math.floor(random() * limit);
    const damages: ReadonlyArray<(at: number, count: number) => string> = [
      (at, count) => whole.slice(0, at) + whole.slice(at + count),
      (at, count) => whole.slice(0, at + count) + whole.slice(at),
      (at, count) => whole.slice(0, at) + '\0'.repeat(count) + whole.slice(at + count),
      (at) =>
        whole.slice(0, at) +
        String.fromCharCode(whole.charCodeAt(at) ^ (1 << below(7))) +
        whole.slice(at + 1),
    ];
    let read = 0;
    for (let round = 0; round < 4_000; round++) {
      const xml = damages[round % damages.length]?.(below(whole.length), 1 + below(700)) ?? '';
      const page = readListingPage(xml);
      if (!page) continue;
      read++;
      expect(page, xml).to.deep.equal(await readBySdk(xml));
    }
    expect(read).to.be.greaterThan(50);
  });
});
