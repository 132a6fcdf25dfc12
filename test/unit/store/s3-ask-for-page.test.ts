import { expect } from 'chai';
import { type CannedAnswer, type ScriptedS3, s3Error, startScriptedS3 } from '../../support/canned-s3.ts';
import { collect } from './conformance/collect.ts';

function page(key: string, more = ''): CannedAnswer {
  return {
    body: `<?xml version="1.0"?><ListBucketResult>${more}<IsTruncated>false</IsTruncated><Contents><Key>${key}</Key><LastModified>2026-11-22T01:02:03Z</LastModified><ETag>"e"</ETag><Size>7</Size></Contents></ListBucketResult>`,
  };
}

describe('Pages of a listing', () => {
  let s3: ScriptedS3;

  beforeEach(async () => {
    s3 = await startScriptedS3();
  });
  afterEach(() => s3.close());

  async function keys(retries = 0): Promise<readonly string[]> {
    const objects = await collect(s3.openStore({ retries }).list('dir/'));
    return objects.map(({ key, sizeBytes }) => `${key} ${sizeBytes}`);
  }

  it('are read by ourselves where they are plain', async () => {
    s3.answers = [page('dir/a')];

    expect(await keys()).to.deep.equal(['dir/a 7']);
  });

  it('are read by the SDK where they are not', async () => {
    s3.answers = [page('dir/<![CDATA[a&b]]>', '<!-- of a proxy -->\r\n')];

    expect(await keys()).to.deep.equal(['dir/a&b 7']);
  });

  it('are asked for again where a 200 tells in its body of an error', async () => {
    s3.answers = [s3Error(200, 'SlowDown'), page('dir/a')];

    expect(await keys(1)).to.deep.equal(['dir/a 7']);
    expect(s3.requests).to.have.length(2);
  });

  it('are asked for again where the connection ends within them', async () => {
    const { body = '' } = page('dir/a');
    const cut = { headers: { 'content-length': String(body.length + 9) }, body, isCut: true };
    s3.answers = [cut, page('dir/b')];

    expect(await keys(1)).to.deep.equal(['dir/b 7']);
  });
});
