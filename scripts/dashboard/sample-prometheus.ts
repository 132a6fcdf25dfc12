import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../../test/support/embedded/free-addresses.ts';
import type { ProcessKeeper } from '../../test/support/embedded/process-keeper.ts';
import { fetchPrometheus } from '../../test/support/embedded/prometheus.ts';
import { runOrFail } from '../../test/support/embedded/run-program.ts';
import { untilAnswers } from '../../test/support/embedded/until-answers.ts';
import type { TimeRange } from './dashboard-model.ts';
import { sampleEverySeconds, sampleHistory } from './sample-history.ts';

/** A real Prometheus that holds the sample history and scrapes nothing. */
export async function startSamplePrometheus(
  dir: string,
  range: TimeRange,
  keeper: ProcessKeeper,
): Promise<string> {
  const prometheus = await fetchPrometheus('prometheus', console.error);
  const promtool = await fetchPrometheus('promtool', console.error);
  if (!prometheus || !promtool) throw new Error('No Prometheus: apt-get install prometheus');
  const history = join(dir, 'history.txt');
  const data = join(dir, 'data');
  await writeFile(history, sampleHistory(range));
  await writeFile(join(dir, 'prometheus.yml'), '{}\n');
  await runOrFail([
    promtool,
    'tsdb',
    'create-blocks-from',
    'openmetrics',
    '--max-block-duration=720h',
    history,
    data,
  ]);

  const port = await freePort();
  const options = [
    `--config.file=${join(dir, 'prometheus.yml')}`,
    `--storage.tsdb.path=${data}`,
    '--storage.tsdb.retention.time=10y',
    `--query.lookback-delta=${sampleEverySeconds * 2}s`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const server = keeper.start([prometheus, ...options], { cwd: dir, stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  await untilAnswers(`${url}/-/ready`, server, 'Prometheus');
  return url;
}
