/** `npm run e2e:measure`: the bytes of the image's layers, and how much longer Cain takes to start than Node alone. */
import { spawnSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createGzip } from 'node:zlib';
import { packCain } from './images.ts';
import { prepareLayers } from './layers.ts';
import { buildTools } from './tools.ts';

const bundle = fileURLToPath(new URL('../../../dist/cain.js', import.meta.url));
const rounds = 21;

const announce = (line: string) => console.log(line);
const dir = await mkdtemp(join(tmpdir(), 'cain-measure-'));
try {
  const { debian, node } = await prepareLayers(await buildTools(announce), announce);
  await printSizes({ debian, node, cain: await packCain(dir) });
  printStartUp();
} finally {
  await rm(dir, { recursive: true, force: true });
}

async function printSizes(layers: Readonly<Record<string, string>>): Promise<void> {
  console.log('layer     bytes          gzipped, as registries keep it');
  for (const [name, file] of Object.entries(layers)) {
    const bytes = String((await stat(file)).size);
    console.log(`${name.padEnd(9)} ${bytes.padEnd(14)} ${await gzippedBytes(file)}`);
  }
}

async function gzippedBytes(file: string): Promise<number> {
  let bytes = 0;
  for await (const chunk of createReadStream(file).pipe(createGzip())) bytes += (chunk as Buffer).length;
  return bytes;
}

/** In turns, so that whatever else the machine does meets both. */
function printStartUp(): void {
  const alone: number[] = [];
  const cain: number[] = [];
  for (let round = 0; round < rounds; round++) {
    alone.push(millisecondsOf(['-e', '0']));
    cain.push(millisecondsOf([bundle, '--version']));
  }
  const [ofNode, ofCain] = [median(alone), median(cain)];
  console.log(
    `node -e 0: ${ofNode.toFixed(0)} ms; cain --version: ${ofCain.toFixed(0)} ms (Node ${process.version})`,
  );
  console.log(`ratio: ${(ofCain / ofNode).toFixed(2)}, medians of ${rounds} starts in turns`);
}

function millisecondsOf(args: readonly string[]): number {
  const startedAt = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}: ${stderr}`);
  return performance.now() - startedAt;
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}
