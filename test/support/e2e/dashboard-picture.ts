import { fileURLToPath } from 'node:url';
import { runOrFail } from '../embedded/run-program.ts';
import type { TestCluster } from './cluster.ts';

const script = fileURLToPath(new URL('../../../scripts/dashboard/picture.ts', import.meta.url));

/** CAIN_E2E_PICTURE: the chart's dashboard with the data of the suites that ran, as a PNG (or HTML) file. */
export async function drawDashboard({ kubectl, local }: TestCluster, file: string): Promise<void> {
  if (!local) {
    console.log('No picture: a cluster that is there is drawn by npm run dashboard:picture -- --url …');
    return;
  }
  const get = [
    '--namespace',
    'services',
    'get',
    'service',
    'prometheus',
    '--output=jsonpath={.spec.clusterIP}',
  ];
  const url = `http://${await kubectl(get)}:9090`;
  const draw = [process.execPath, '--import=tsx', script, '--url', url, '--range', '30m', '--out', file];
  await runOrFail(local.inNetwork(draw), { limitMs: 180_000 });
  console.log(`Drew the dashboard: ${file}`);
}
