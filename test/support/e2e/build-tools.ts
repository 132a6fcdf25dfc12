/** `npm run e2e:tools`: builds what `npm run e2e` needs besides Debian's packages, and names those that are missing. */
import { prepareLayers } from './layers.ts';
import { buildTools, missingPackages } from './tools.ts';

const announce = (line: string) => console.log(line);
const missing = missingPackages();
if (missing.length > 0) {
  console.error(`Missing; as root: apt-get install --no-install-recommends ${missing.join(' ')}`);
  process.exit(1);
}
const tools = await buildTools(announce);
await prepareLayers(tools, announce);
console.log(`Kubernetes is in ${tools}`);
