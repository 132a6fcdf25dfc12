/**
 * `npm run e2e:tools`: builds what the local Kubernetes of `npm run e2e` consists of. Debian's packages that are missing
 * are named, or installed (`-- --install`, as root). With `-- --or-skip`, as `npm run e2e` calls it, a machine that can't
 * carry it is no error: the suites skip, and say why.
 */
import { runOrFail } from '../embedded/run-program.ts';
import { whyNoLocal } from './cluster.ts';
import { prepareLayers } from './layers.ts';
import { buildTools, missingPackages } from './tools.ts';

const announce = (line: string) => console.log(line);
const options = process.argv.slice(2);
const isOptional = options.includes('--or-skip');

const missing = missingPackages();
if (missing.length > 0 && options.includes('--install')) await install(missing);
const reason = whyNoLocal();
if (isOptional && (reason || process.env.CAIN_E2E_KUBECONFIG)) process.exit(0);
if (reason) {
  console.error(reason);
  process.exit(1);
}
const tools = await buildTools(announce);
await prepareLayers(tools, announce);
console.log(`Kubernetes is in ${tools}`);

async function install(packages: readonly string[]): Promise<void> {
  announce(`Installing ${packages.join(', ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await runOrFail(['apt-get', 'update'], { env });
  await runOrFail(['apt-get', 'install', '--yes', '--no-install-recommends', ...packages], { env });
}
