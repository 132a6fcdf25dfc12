/** `npm run e2e:images -- FILE`: the images of the suite as one archive, for a cluster that is there already. */
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { buildImages } from './images.ts';
import { buildTools } from './tools.ts';

const announce = (line: string) => console.log(line);
const target = resolve(process.argv[2] ?? 'images.tar');
// Beside the target: a rename goes nowhere else.
const dir = await mkdtemp(join(dirname(target), 'cain-images-'));
try {
  await rename(await buildImages(await buildTools(announce), dir, announce), target);
} finally {
  await rm(dir, { recursive: true, force: true });
}
console.log(target);
