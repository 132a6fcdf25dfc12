/** npm run deploy:example: writes deploy/cain.yaml. Needs helm; `npm run test:chart` tells when it is out of date. */
import { writeFileSync } from 'node:fs';
import { exampleFile, renderExample } from './example.ts';

writeFileSync(exampleFile, renderExample());
console.log(`Wrote ${exampleFile}`);
