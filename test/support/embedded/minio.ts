import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { createCertificate } from '../certificate.ts';
import { type Announce, cached, isCached } from './cache.ts';
import { freePort } from './free-addresses.ts';
import type { ProcessKeeper } from './process-keeper.ts';
import { type EmbeddedS3, s3Login } from './s3-server.ts';
import { goInstall } from './s3-source.ts';
import { findProgram } from './toolchain.ts';
import { untilAnswers } from './until-answers.ts';

/** The last of its public history. */
const version = 'v0.0.0-20260212201848-7aac2a2c5b7c';
const binaryName = 'minio-20260212';

/** Over https, which SSE-C wants. */
export interface Minio extends EmbeddedS3 {
  /** PEM of the authority of its certificate. */
  readonly caFile: string;
}

/** Whether it was built before, or CAIN_MINIO=build asks for it, which takes ten minutes. */
export function mayHaveMinio(): boolean {
  return isCached(binaryName) || (process.env.CAIN_MINIO === 'build' && findProgram('go') !== undefined);
}

/** A second S3 server, that encrypts with a customer's key where versitygw takes it in silence. */
export async function startMinio(dir: string, keeper: ProcessKeeper, announce: Announce): Promise<Minio> {
  const binary = await buildMinio(announce);
  const [certificates, directory] = [join(dir, 'minio-certificates'), join(dir, 'minio')];
  await mkdir(certificates);
  const { certFile: caFile } = await createCertificate(certificates, {
    key: 'private.key',
    cert: 'public.crt',
  });
  await mkdir(directory);
  const address = `127.0.0.1:${await freePort()}`;
  const consoleAddress = `127.0.0.1:${await freePort()}`;
  const listening = ['--address', address, '--console-address', consoleAddress];
  const server = keeper.start([binary, 'server', '--certs-dir', certificates, ...listening, directory], {
    env: {
      MINIO_ROOT_USER: s3Login.accessKeyId,
      MINIO_ROOT_PASSWORD: s3Login.secretAccessKey,
      MINIO_UPDATE: 'off',
      MINIO_BROWSER: 'off',
      // Its folder may lie in memory.
      MINIO_CI_CD: '1',
      HOME: dir,
    },
    stdio: 'ignore',
  });
  await untilAnswers(`http://${address}`, server, 'MinIO');
  const [endpoint, region, bucket] = [`https://${address}`, 'eu-central-1', 'backups'];
  await createBucket({ endpoint, region, bucket, caFile });
  return {
    ...{ endpoint, region, bucket, ...s3Login, directory, caFile },
    server: `MinIO ${version}`,
    accessLog: undefined,
  };
}

async function buildMinio(announce: Announce): Promise<string> {
  const dir = await cached(binaryName, {
    about: `Building the S3 server MinIO ${version} with Go (ten minutes)`,
    announce,
    make: async (dir) => {
      const module = `github.com/minio/minio@${version}`;
      await goInstall('go', module, { dir, limitMs: 40 * 60_000 });
    },
  });
  return join(dir, 'minio');
}

async function createBucket({
  endpoint,
  region,
  bucket,
  caFile,
}: Pick<Minio, 'endpoint' | 'region' | 'bucket' | 'caFile'>): Promise<void> {
  const client = new S3Client({
    ...{ endpoint, region, credentials: s3Login, forcePathStyle: true },
    requestHandler: { httpsAgent: { ca: await readFile(caFile, 'utf8') } },
  });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  client.destroy();
}
