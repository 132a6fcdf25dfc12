import type { Kind } from './kind.ts';

/** A bucket and a prefix, which is "" or has no slash at either end. */
export interface S3Location {
  readonly bucket: string;
  readonly prefix: string;
}

/** Where the backups of one cluster lie; the last two segments of `prefix` are its namespace and name. */
export interface S3ClusterLocation extends S3Location {
  readonly namespace: string;
  readonly clusterName: string;
}

/**
 * Nothing is percent-decoded: a key is taken byte for byte, as the original takes it, and cluster names hold
 * spaces. Doubled, leading and trailing slashes collapse.
 */
function parseSegments(text: string): { bucket: string; segments: string[] } | undefined {
  const match = /^s3:\/\/([A-Za-z0-9][A-Za-z0-9._-]{0,254})(\/.*)?$/.exec(text);
  if (match?.[1] === undefined) return undefined;

  const segments = (match[2] ?? '').split('/').filter((segment) => segment !== '');
  if (segments.some((segment) => segment === '.' || segment === '..')) return undefined;
  return { bucket: match[1], segments };
}

export const s3Location: Kind<S3Location> = {
  wanted: 'an S3 URL such as s3://bucket/prefix (Azure and Google storage are not supported)',
  placeholder: 's3://bucket/prefix',
  parse(text) {
    const parsed = parseSegments(text);
    return parsed && { bucket: parsed.bucket, prefix: parsed.segments.join('/') };
  },
};

export const s3ClusterLocation: Kind<S3ClusterLocation> = {
  wanted:
    'the S3 URL of one cluster, two levels below the destination, such as s3://bucket/prefix/namespace/cluster name',
  placeholder: 's3://bucket/prefix/namespace/cluster',
  parse(text) {
    const parsed = parseSegments(text);
    const namespace = parsed?.segments.at(-2);
    const clusterName = parsed?.segments.at(-1);
    if (!parsed || namespace === undefined || clusterName === undefined) return undefined;
    return { bucket: parsed.bucket, prefix: parsed.segments.join('/'), namespace, clusterName };
  },
};
