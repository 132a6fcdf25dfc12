/**
 * npm run dashboard:picture -- [--url http://prometheus:9090] [--range 30d] [--out dashboard.png]
 *
 * Draws the chart's Grafana dashboard: each panel's queries are answered by a real Prometheus, the drawing is ours,
 * because no Grafana can be had from a package registry. Without --url a Prometheus is started on a month of
 * made-up runs. An --out that ends in .html is the page itself; a picture needs Chromium.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parseDuration } from '../../src/settings/durations.ts';
import { startProcessKeeper } from '../../test/support/embedded/process-keeper.ts';
import { runOrFail } from '../../test/support/embedded/run-program.ts';
import { findProgram } from '../../test/support/embedded/toolchain.ts';
import type { Dashboard, TimeRange } from './dashboard-model.ts';
import { dashboardPage, pageHeight, pageWidth } from './dashboard-page.ts';
import { prometheusApi } from './prometheus-api.ts';
import { startSamplePrometheus } from './sample-prometheus.ts';

const { values } = parseArgs({
  options: { url: { type: 'string' }, range: { type: 'string' }, out: { type: 'string' } },
});
const out = resolve(values.out ?? 'dashboard.png');
const to = Math.floor(Date.now() / 1000);
const rangeMs = parseDuration(values.range ?? '30d');
if (!rangeMs) throw new Error('--range wants a duration such as 30d or 2h');
const range: TimeRange = { from: to - rangeMs / 1000, to };
const file = new URL('../../charts/cain/dashboards/cain.json', import.meta.url);
const dashboard = JSON.parse(await readFile(file, 'utf8')) as Dashboard;

const dir = await mkdtemp(join(tmpdir(), 'cain-dashboard-'));
const keeper = startProcessKeeper(dir);
try {
  const url = values.url ?? (await startSamplePrometheus(dir, range, keeper));
  const note = values.url ? `Data of ${values.url}` : 'Made-up runs in a real Prometheus';
  const page = await dashboardPage(dashboard, prometheusApi(url), range, `${note}. Not drawn by Grafana.`);
  const html = out.endsWith('.html') ? out : join(dir, 'dashboard.html');
  await writeFile(html, page);
  if (html !== out) await takePicture(html, out, dashboard);
  console.log(`Wrote ${out}`);
} finally {
  await keeper.end();
  await rm(dir, { recursive: true, force: true });
}

async function takePicture(html: string, png: string, shown: Dashboard): Promise<void> {
  const chromium = ['chromium', 'chromium-browser', 'google-chrome']
    .map((name) => findProgram(name))
    .find(Boolean);
  if (!chromium) throw new Error('No Chromium: apt-get install chromium, or take --out dashboard.html');
  const options = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--hide-scrollbars',
    `--user-data-dir=${join(dir, 'chromium')}`,
    `--window-size=${pageWidth},${pageHeight(shown)}`,
    `--screenshot=${png}`,
  ];
  await runOrFail([chromium, ...options, `file://${html}`], { limitMs: 120_000 });
}
