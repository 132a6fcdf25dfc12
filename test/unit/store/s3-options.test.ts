import { expect } from 'chai';
import { endpointUrl, isEncrypted } from '../../../src/store/s3-options.ts';

describe('endpointUrl', () => {
  it('adds the scheme that noSsl asks for where none is written', () => {
    expect(endpointUrl({ endpoint: 'minio:9000' })).to.equal('https://minio:9000');
    expect(endpointUrl({ endpoint: 'minio:9000', noSsl: true })).to.equal('http://minio:9000');
    expect(endpointUrl({ endpoint: 'http://minio:9000' })).to.equal('http://minio:9000');
    expect(endpointUrl({ endpoint: 'HTTPS://minio', noSsl: true })).to.equal('HTTPS://minio');
  });

  it('leaves AWS to the SDK', () => {
    expect(endpointUrl({})).to.equal(undefined);
    expect(endpointUrl({ endpoint: '' })).to.equal(undefined);
  });
});

describe('isEncrypted', () => {
  it('goes by the scheme that is used in the end', () => {
    expect(isEncrypted({})).to.equal(true);
    expect(isEncrypted({ noSsl: true })).to.equal(false);
    expect(isEncrypted({ endpoint: 'https://minio', noSsl: true })).to.equal(true);
    expect(isEncrypted({ endpoint: 'http://minio' })).to.equal(false);
    expect(isEncrypted({ endpoint: 'minio' })).to.equal(true);
  });
});
