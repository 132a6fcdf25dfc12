/** What a request to S3 asks for. */
export type S3RequestKind =
  | 'list'
  | 'list-uploads'
  | 'get'
  | 'head'
  | 'put'
  | 'conditional-put'
  | 'manifest-put'
  | 'retention'
  | 'create-upload'
  | 'part'
  | 'complete'
  | 'abort'
  | 'delete-objects'
  | 'delete'
  | 'bucket';

export interface S3RequestHead {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** Path-style requests: `/<bucket>/<key>`. */
export function s3RequestKind({ method = 'GET', url = '/', headers }: S3RequestHead): S3RequestKind {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const isBucket = pathname.split('/').filter((part) => part !== '').length < 2;
  if (isBucket) {
    if (method === 'POST') return 'delete-objects';
    if (searchParams.has('uploads')) return 'list-uploads';
    return searchParams.has('list-type') ? 'list' : 'bucket';
  }
  if (method === 'GET') return 'get';
  if (method === 'HEAD') return 'head';
  if (method === 'POST') return searchParams.has('uploads') ? 'create-upload' : 'complete';
  if (method === 'DELETE') return searchParams.has('uploadId') ? 'abort' : 'delete';
  if (searchParams.has('partNumber')) return 'part';
  if (searchParams.has('retention')) return 'retention';
  if (pathname.endsWith('/manifest.json') && pathname.includes('/.cain/backups/')) return 'manifest-put';
  return headers['if-none-match'] || headers['if-match'] ? 'conditional-put' : 'put';
}

/** Without host and query: `GET backups/cain/…`. */
export function describeRequest(request: S3RequestHead): string {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  return `${s3RequestKind(request)} ${decodeURIComponent(pathname)}`;
}
