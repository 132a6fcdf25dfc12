import { expect } from 'chai';
import { headersOfAttributes, objectAttributes } from '../../../src/store/s3-object-attributes.ts';

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

  it('gives every object the tags, and what backups consist of the lock', () => {
    const wanted = {
      tags: { team: 'db', 'two words': 'ä&=' },
      lock: { mode: 'COMPLIANCE', until: '2026-12-09T14:00:01Z' },
    } as const;
    const Tagging = 'team=db&two+words=%C3%A4%26%3D';

    expect(objectAttributes(`${cluster}.cain/owner.json`, wanted)).to.deep.equal({ Tagging });
    const manifest = objectAttributes(`${cluster}.cain/backups/20261122010203/manifest.json`, wanted);
    expect(headersOfAttributes(manifest)).to.deep.equal({
      'x-amz-tagging': Tagging,
      'x-amz-object-lock-mode': 'COMPLIANCE',
      'x-amz-object-lock-retain-until-date': '2026-12-09T14:00:01.000Z',
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
