import { expect } from 'chai';
import { parseAccessLog } from '../../../../bench/compare/access-log.ts';

/** As versitygw 1.8 writes them, the user agent shortened. */
const line = (operation: string, key: string, uri: string, status = '200 -'): string =>
  `cain backups [22/November/2026:22:34:28 +0000] 127.0.0.1 cain QR8JBSIIDFBZSLX4 s3_${operation} ${key} ${uri} ${status} 0 1000 4 4 - Boto3/1.40.41 (some agent) - yl1oFggGE= SigV4 - AuthHeader s3.eu-central-1.amazonaws.com - arn:aws:s3:::/backups/x Yes`;

describe('parseAccessLog', () => {
  it('counts requests by operation, those that failed too', () => {
    const text = [
      'log starts 2026-11-22 22:34:26.351496087 +0000 UTC m=+0.024199288',
      line('PutObject', 'a', '/backups/a'),
      line('UploadPart', 'm', '/backups/m?uploadId=73f186db&partNumber=1'),
      line('PutObject', 'a', '/backups/a', '503 SlowDown'),
      line('ListObjectsV2', '-', '/backups?list-type=2&encoding-type=url'),
      '',
    ].join('\n');

    const { requests, byOperation, serverErrors } = parseAccessLog(text);

    expect([requests, serverErrors]).to.deep.equal([4, 1]);
    expect(byOperation).to.deep.equal({ PutObject: 2, UploadPart: 1, ListObjectsV2: 1 });
  });

  it('names each object that was read once, with the blanks and signs of its key', () => {
    const get = line('GetObject', 'Test Cluster/x+1.db', '/backups/Test%20Cluster/x%2B1.db');
    const missing = line('GetObject', 'gone', '/backups/gone', '404 NoSuchKey');

    expect([...parseAccessLog([get, get, missing].join('\n')).read]).to.deep.equal([
      '/backups/Test Cluster/x+1.db',
    ]);
  });
});
