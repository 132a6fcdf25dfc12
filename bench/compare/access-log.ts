/** What the S3 server was asked while a tool ran. */
export interface S3Traffic {
  /** All requests, those that failed too. */
  readonly requests: number;
  readonly byOperation: Readonly<Record<string, number>>;
  /** Paths (`/bucket/key`) of the objects that were read. */
  readonly read: ReadonlySet<string>;
  /** Requests that were answered with 500 or more. */
  readonly serverErrors: number;
}

/** Operation, path with query, status: `… s3_PutObject some key /bucket/some%20key 200 - …`; the key in between may hold blanks. */
const linePattern = / s3_(\w+) .*? ?(\/\S+) (\d{3}) \S+ \d+ \d+ \d+ \d+ /;

/** Pure. Takes lines of the access log that versitygw writes, in AWS's form. */
export function parseAccessLog(text: string): S3Traffic {
  const byOperation: Record<string, number> = {};
  const read = new Set<string>();
  let requests = 0;
  let serverErrors = 0;
  for (const line of text.split('\n')) {
    const [, operation, uri = '', status = ''] = linePattern.exec(line) ?? [];
    if (operation === undefined) continue;
    requests++;
    byOperation[operation] = (byOperation[operation] ?? 0) + 1;
    if (operation === 'GetObject' && status.startsWith('2')) read.add(pathOf(uri));
    if (status.startsWith('5')) serverErrors++;
  }
  return { requests, byOperation, read, serverErrors };
}

function pathOf(uri: string): string {
  return decodeURIComponent(uri.split('?')[0] ?? '');
}
