import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { freePort } from './free-addresses.ts';
import type { Login } from './iam-client.ts';
import type { ProcessKeeper } from './process-keeper.ts';
import { type S3Source, versitygwVersion } from './s3-source.ts';
import { untilAnswers } from './until-answers.ts';

export interface EmbeddedS3 {
  readonly endpoint: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  /** Name and version of the server. */
  readonly server: string;
  /** Objects are files here: `<directory>/<bucket>/<key>`. */
  readonly directory: string;
  /** One line a request, where it was asked for. */
  readonly accessLog: string | undefined;
}

export interface S3Options {
  readonly accessLog?: string | undefined;
  /** Of the IAM service that says what users may do; without it the one user is root, who may do everything. */
  readonly iamSocket?: string | undefined;
  /** The bucket keeps versions, and locks them when it is asked to. */
  readonly hasObjectLock?: boolean | undefined;
}

/** The root's. */
export const s3Login: Login = { accessKeyId: 'cain', secretAccessKey: 'cainsecret' };

/** A versitygw over a folder. Without --keep-alive: with it a request after a chunked PUT may get a 400. */
export async function startS3(
  source: S3Source,
  dir: string,
  keeper: ProcessKeeper,
  { accessLog, iamSocket, hasObjectLock = false }: S3Options = {},
): Promise<EmbeddedS3> {
  const port = await freePort();
  const directory = join(dir, 's3');
  await mkdir(directory, { recursive: true });
  const versions = hasObjectLock ? join(dir, 's3-versions') : undefined;
  if (versions !== undefined) await mkdir(versions, { recursive: true });
  const login = s3Login;
  const logging = accessLog === undefined ? [] : ['--access-log', accessLog];
  const asking = iamSocket === undefined ? [] : ['--iam-standalone-endpoint', iamSocket];
  const listening = ['--port', `127.0.0.1:${port}`, '--region', 'eu-central-1', '--quiet'];
  const options = [...listening, ...logging, ...asking];
  const server = keeper.start(source.command(options, directory, versions), {
    env: {
      ROOT_ACCESS_KEY: login.accessKeyId,
      ROOT_SECRET_KEY: login.secretAccessKey,
      HOME: dir,
      PATH: process.env.PATH,
    },
    stdio: 'ignore',
  });
  const endpoint = `http://127.0.0.1:${port}`;
  await untilAnswers(endpoint, server, 'The S3 server');
  const region = 'eu-central-1';
  const bucket = 'backups';
  const client = new S3Client({ endpoint, region, credentials: login, forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: bucket, ObjectLockEnabledForBucket: hasObjectLock }));
  client.destroy();
  const name = `versitygw ${versitygwVersion}`;
  return { endpoint, bucket, ...login, region, server: name, directory, accessLog };
}
