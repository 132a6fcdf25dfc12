import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openS3Store, type S3StoreOptions } from '../../src/store/s3-store.ts';
import type { Store } from '../../src/store/store.ts';
import { startProcessKeeper } from './embedded/process-keeper.ts';
import { type EmbeddedS3, startS3 } from './embedded/s3-server.ts';
import { fetchS3, findS3Way } from './embedded/s3-source.ts';
import { findToolchain } from './embedded/toolchain.ts';
import { setLogin } from './test-login.ts';

export interface TestS3 extends EmbeddedS3 {
  openStore(options?: Partial<S3StoreOptions>): Store;
  stop(): Promise<void>;
}

/** A real S3 server by itself, with an empty bucket. Its login is in the environment until it stops. */
export async function startTestS3(): Promise<TestS3> {
  const way = await findS3Way();
  const { go } = await findToolchain(way === 'go' ? ['go'] : []);
  const source = await fetchS3(way, go, console.log);
  if (!source) throw new Error('There is no S3 server to test with');
  const dir = await mkdtemp(join(tmpdir(), 'cain-s3-'));
  const keeper = startProcessKeeper(dir);
  const s3 = await startS3(source, dir, keeper);
  const restoreLogin = setLogin(s3);
  return {
    ...s3,
    openStore: (options = {}) => openS3Store({ ...storeOptions(s3), ...options }),
    async stop() {
      restoreLogin();
      await source.remove();
      await keeper.end();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function storeOptions({ bucket, endpoint, region }: EmbeddedS3): S3StoreOptions {
  return {
    bucket,
    endpoint,
    region,
    prefix: '',
    forcePathStyle: true,
    timeoutMs: 10_000,
    maxSockets: 32,
    retries: 2,
  };
}
