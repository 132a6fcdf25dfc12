import { createHash, createHmac } from 'node:crypto';

export interface Login {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** IAM is one service for all regions; its requests are signed for this one. */
const region = 'us-east-1';

/** One action of AWS's IAM API, signed by Signature Version 4. Gives the answer's XML; any status but 200 throws with it. */
export async function callIam(
  endpoint: string,
  { accessKeyId, secretAccessKey }: Login,
  parameters: Readonly<Record<string, string>>,
): Promise<string> {
  const body = new URLSearchParams({ ...parameters, Version: '2010-05-08' }).toString();
  const time = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  const day = time.slice(0, 8);
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    host: new URL(endpoint).host,
    'x-amz-content-sha256': sha256(body),
    'x-amz-date': time,
  };
  const names = Object.keys(headers).join(';');
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}`);
  const request = ['POST', '/', '', ...lines, '', names, sha256(body)].join('\n');
  const scope = `${day}/${region}/iam/aws4_request`;
  const key = [day, region, 'iam', 'aws4_request'].reduce(hmac, Buffer.from(`AWS4${secretAccessKey}`));
  const signature = hmac(key, ['AWS4-HMAC-SHA256', time, scope, sha256(request)].join('\n')).toString('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: { ...headers, authorization },
    body,
    signal: AbortSignal.timeout(30_000),
  });
  const xml = await answer.text();
  if (answer.status !== 200)
    throw new Error(`IAM answers ${parameters.Action} with ${answer.status}: ${xml}`);
  return xml;
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
