import { expect } from 'chai';
import fc from 'fast-check';
import { s3ClusterLocation, s3Location } from '../../../src/settings/s3-urls.ts';

describe('s3Location', () => {
  it('drops doubled, leading and trailing slashes', () => {
    const texts = ['s3://bucket', 's3://bucket/', 's3://bucket/a', 's3://bucket//a///b//'];

    const prefixes = texts.map((text) => s3Location.parse(text)?.prefix);

    expect(prefixes).to.deep.equal(['', '', 'a', 'a/b']);
  });

  it('takes names byte for byte', () => {
    expect(s3Location.parse('s3://bucket/a b/%20')).to.deep.equal({ bucket: 'bucket', prefix: 'a b/%20' });
  });

  for (const text of [
    'bucket/a',
    'S3://bucket',
    's3:/bucket',
    's3://',
    's3:///a',
    'gs://bucket/a',
    's3://b/../c',
    's3://u:p@b/c',
  ]) {
    it(`refuses ${text}`, () => {
      expect(s3Location.parse(text)).to.equal(undefined);
    });
  }

  it('makes prefixes that no slash begins, ends or doubles', () => {
    const path = fc.array(fc.constantFrom('/', 'a', 'B c', '-'), { maxLength: 12 });

    fc.assert(
      fc.property(path, (parts) => {
        const prefix = s3Location.parse(`s3://bucket/${parts.join('')}`)?.prefix ?? '/';
        return !/^\/|\/$|\/\//.test(prefix);
      }),
    );
  });
});

describe('s3ClusterLocation', () => {
  it('finds namespace and cluster name in the last two segments', () => {
    expect(s3ClusterLocation.parse('s3://bucket/a/b/default/Test Cluster/')).to.deep.equal({
      bucket: 'bucket',
      prefix: 'a/b/default/Test Cluster',
      namespace: 'default',
      clusterName: 'Test Cluster',
    });
  });

  it('refuses what is not two levels deep', () => {
    expect(s3ClusterLocation.parse('s3://bucket/default')).to.equal(undefined);
  });
});
