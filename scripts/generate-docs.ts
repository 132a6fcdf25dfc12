/** Writes the pages of docs/ that come from the source; with --check it only tells which of them are out of date. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chartReadme } from './chart/chart-readme.ts';
import { valuesSchema } from './chart/values-schema.ts';
import { errorsPage } from './docs/errors-page.ts';
import { faultsPage } from './docs/faults-page.ts';
import { metricsPage } from './docs/metrics-page.ts';
import { settingsPage } from './docs/settings-page.ts';

const chart = new URL('../charts/cain/', import.meta.url);

const pages: Readonly<Record<string, () => string>> = {
  'docs/settings.md': settingsPage,
  'docs/errors.md': errorsPage,
  'docs/metrics.md': metricsPage,
  'docs/faults.md': faultsPage,
  'charts/cain/README.md': () => chartReadme(chart),
  'charts/cain/values.schema.json': () => valuesSchema(new URL('values.schema.json', chart)),
};

const isCheck = process.argv.includes('--check');
for (const [path, page] of Object.entries(pages)) {
  const file = fileURLToPath(new URL(`../${path}`, import.meta.url));
  if (existsSync(file) && readFileSync(file, 'utf8') === page()) continue;

  if (isCheck) {
    console.error(`${path} is out of date: run npm run docs`);
    process.exitCode = 1;
  } else {
    writeFileSync(file, page());
    console.log(`Wrote ${path}`);
  }
}
