/**
 * What a backup, a list and a prune cost without the bytes: from 10,000 files on 2 nodes to 5,000,000 on 1,000, against a
 * store that answers from a formula in a process of its own. `npm run bench:scale`, about half an hour; CAIN_SCALE_FILES
 * names other sizes. Writes bench/results/scale.{json,md,svg}.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { buildCain } from '../test/support/run-cain.ts';
import { machine } from './compare/machine.ts';
import { startLeaseApi } from './scale/lease-api.ts';
import { measureLists, measureSize, type Programs } from './scale/measure-size.ts';
import { scalePlot } from './scale/scale-plot.ts';
import type { ScaleResult } from './scale/scale-result.ts';
import { scaleText } from './scale/scale-table.ts';

const filesPerNode = 5_000;
const usualFiles = '10000,100000,1000000,5000000';
const listedNodes = [3, 100, 1_000];
const listedBackups = 1_000;

const results = process.env.CAIN_BENCH_RESULTS || fileURLToPath(new URL('results', import.meta.url));
const sizes = (process.env.CAIN_SCALE_FILES || usualFiles).split(',').map(Number);
const startedAt = new Date();

const rows: ScaleResult['rows'][number][] = [];
const lease = await startLeaseApi();
const programs = { ...(await buildPrograms()), kubeconfig: lease.kubeconfigFile };
for (const files of sizes) {
  const cluster = { nodes: Math.max(1, Math.round(files / filesPerNode)), filesPerNode };
  announce(`${files} files on ${cluster.nodes} nodes`);
  rows.push(...(await measureSize(programs, cluster, announce)));
}
announce(`Lists of ${listedBackups} backups`);
const lists = await measureLists(programs, { nodes: listedNodes, backups: listedBackups }, announce);
await lease.stop();
await write({ startedAt: startedAt.toISOString(), machine: machine(), rows, lists });

/** What the image holds, and the steps bundled in the same way: unbundled, the loader's memory would be in the figures. */
async function buildPrograms(): Promise<Omit<Programs, 'kubeconfig'>> {
  await buildCain();
  const root = fileURLToPath(new URL('..', import.meta.url));
  const step = join(root, 'dist', 'scale-step.mjs');
  await build({
    absWorkingDir: root,
    entryPoints: ['bench/scale/step.ts'],
    outfile: step,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    banner: {
      js: "import { createRequire as createRequireForBundle } from 'node:module';\nconst require = createRequireForBundle(import.meta.url);",
    },
    logLevel: 'warning',
  });
  return { cain: join(root, 'dist', 'cain.js'), step };
}

async function write(result: ScaleResult): Promise<void> {
  await mkdir(results, { recursive: true });
  const text = scaleText(result, 'scale.svg');
  await writeFile(join(results, 'scale.json'), `${JSON.stringify(result, undefined, 2)}\n`);
  await writeFile(join(results, 'scale.svg'), scalePlot(result));
  await writeFile(join(results, 'scale.md'), text);
  console.log(`\n${text}`);
  announce(`Written to ${results}`);
}

function announce(line: string): void {
  console.log(`${((Date.now() - startedAt.getTime()) / 60_000).toFixed(1).padStart(5)} min  ${line}`);
}
