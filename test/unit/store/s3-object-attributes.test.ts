import { expect } from 'chai';
import { objectAttributes } from '../../../src/store/s3-object-attributes.ts';

const all = { storageClass: 'GLACIER', sse: 'aws:kms', sseKmsKeyId: 'key' };
const cluster = 'backups/ns/Main Cluster/';

describe('objectAttributes', () => {
  it('sends nothing that was not asked for', () => {
    expect(
      objectAttributes(`${cluster}shop/abcdef/20261122010203/pod-1/t/nb-1-big-Data.db`, {}),
    ).to.deep.equal({});
    expect(
      objectAttributes('x', { storageClass: undefined, sse: undefined, sseKmsKeyId: undefined }),
    ).to.deep.equal({});
  });

  it('gives data objects the class', () => {
    expect(
      objectAttributes(`${cluster}shop/abcdef/20261122010203/pod-1/t/nb-1-big-Data.db`, all),
    ).to.deep.equal({
      StorageClass: 'GLACIER',
      ServerSideEncryption: 'aws:kms',
      SSEKMSKeyId: 'key',
    });
  });

  it('keeps what every run reads in the standard class, and encrypts it', () => {
    for (const key of [
      '.cain/owner.json',
      `${cluster}.cain/backups/20261122010203/manifest.json`,
      `${cluster}.cain/backups/20261122010203/pod-1.jsonl.gz`,
      `${cluster}shop/abcdef/schema.cql`,
      `${cluster}shop/abcdef/20261122010203/differential.json`,
    ]) {
      expect(objectAttributes(key, all), key).to.deep.equal({
        ServerSideEncryption: 'aws:kms',
        SSEKMSKeyId: 'key',
      });
    }
  });
});
