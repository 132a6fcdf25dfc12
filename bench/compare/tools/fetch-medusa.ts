import { type Announce, cached } from '../../../test/support/embedded/cache.ts';
import { runOrFail } from '../../../test/support/embedded/run-program.ts';
import { findToolchain } from '../../../test/support/embedded/toolchain.ts';

export const medusaVersion = '0.31.0';

/**
 * A folder with all packages: unlike a venv it can be renamed. One of them, of Python 3.3's days, is called asyncio, so
 * the folder must come after the standard library, as in a venv: never PYTHONPATH.
 */
export async function fetchMedusa(announce: Announce): Promise<string> {
  return await cached(`medusa-${medusaVersion}`, {
    about: `Fetching cassandra-medusa ${medusaVersion} from PyPI`,
    announce,
    make: async (dir) => {
      const { python3 } = await findToolchain(['python3']);
      const quiet = ['--quiet', '--disable-pip-version-check', '--no-input'];
      const requirement = `cassandra-medusa==${medusaVersion}`;
      await runOrFail([python3, '-m', 'pip', 'install', ...quiet, '--target', dir, requirement]);
    },
  });
}
