import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Announce, cached, isCached } from '../../../test/support/embedded/cache.ts';
import { runOrFail } from '../../../test/support/embedded/run-program.ts';
import { findToolchain } from '../../../test/support/embedded/toolchain.ts';

/**
 * The last that can be pointed at a server other than AWS: 3.0.1 reads AWS_ENDPOINT and AWS_ENABLE_PATH_STYLE_ACCESS
 * and uses neither, its `minio://` and `ceph://` are gone, and its SDK (2.20) has no variable for it either.
 */
export const esopVersion = '2.0.4';

/** The jar with all that it needs, and the Java to run it. */
export async function fetchEsop(
  announce: Announce,
): Promise<{ readonly jar: string; readonly java: string }> {
  const name = `esop-${esopVersion}`;
  const { java17: java, mvn } = await findToolchain(isCached(name) ? ['java17'] : ['java17', 'mvn']);
  const dir = await cached(name, {
    about: `Fetching Esop ${esopVersion} from Maven Central`,
    announce,
    make: async (dir) => {
      const artifact = `-Dartifact=com.instaclustr:esop:${esopVersion}`;
      const repository = join(dir, 'repository');
      const options = ['-Dtransitive=false', `-Dmaven.repo.local=${repository}`];
      await runOrFail([mvn, '-B', '-q', 'dependency:get', artifact, ...options]);
      const jar = join(repository, 'com/instaclustr/esop', esopVersion, `esop-${esopVersion}.jar`);
      await copyFile(jar, join(dir, 'esop.jar'));
      await rm(repository, { recursive: true });
    },
  });
  return { jar: join(dir, 'esop.jar'), java };
}
