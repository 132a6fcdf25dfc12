import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DataSet } from '../data-set.ts';
import { type Bench, earlierOf, type Job, type Tool, type Work } from '../tool.ts';
import { esopVersion } from './fetch-esop.ts';

/** Its libraries are of Java 8's days. */
const javaOptions = ['--add-opens=java.base/java.lang=ALL-UNNAMED'];
const restorePhases = ['DOWNLOAD', 'TRUNCATE', 'IMPORT', 'CLEANUP'];

/**
 * Esop on the node itself, where it belongs, with its defaults; a restore is four runs of it, one a phase. By hard links
 * and refresh: its import refuses Cassandra 5.0 ("Underlying version of Cassandra is not supported"), after the truncate.
 */
export function esopTool({ cluster }: Bench, { jar, java }: { jar: string; java: string }): Tool {
  const node = cluster.nodes[0];
  if (!node) throw new Error('There is no node');
  const { accessKeyId, secretAccessKey, region, bucket, endpoint } = cluster.s3;
  const nodeDirectory = dirname(node.logFile);
  const dataDirectory = node.dataDirectories[0] ?? '';
  const env = {
    PATH: process.env.PATH ?? '',
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_KEY: secretAccessKey,
    AWS_REGION: region,
    AWS_ENDPOINT: endpoint,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  let snapshots = 0;
  const last = new Map<DataSet['name'], { readonly prefix: string; readonly tag: string }>();

  function common(prefix: string, tag: string, { keyspace }: DataSet): readonly string[] {
    return [
      `--storage-location=minio://${bucket}/${prefix}/dc1/node1`,
      `--snapshot-tag=${tag}`,
      `--jmx-service=127.0.0.1:${node?.jmxPort}`,
      `--entities=${keyspace}`,
      `--data-dir=${dataDirectory}`,
      '--insecure-http',
      '--skip-bucket-verification',
    ];
  }

  function backup(work: Work): Job {
    const { dataSet, kind, round } = work;
    const prefix = kind === 'second' ? earlierOf(last, work).prefix : `esop-${dataSet.name}-${round}`;
    const tag = `bench${++snapshots}`;
    return {
      argv: [java, ...javaOptions, '-jar', jar, 'backup', ...common(prefix, tag, dataSet)],
      env,
      hasPodSide: false,
      prefix,
      async done() {
        last.set(dataSet.name, { prefix, tag });
      },
    };
  }

  async function restore(work: Work): Promise<Job> {
    const { prefix, tag } = earlierOf(last, work);
    const downloads = join(cluster.dir, 'esop-restore');
    await rm(downloads, { recursive: true, force: true });
    await mkdir(downloads);
    const args = [
      ...common(prefix, tag, work.dataSet),
      '--restoration-strategy-type=HARDLINKS',
      `--import-source-dir=${downloads}`,
      `--data-directory=${nodeDirectory}`,
      `--config-directory=${join(nodeDirectory, 'conf')}`,
    ];
    const script = `for phase in ${restorePhases.join(' ')}; do '${java}' ${javaOptions.join(' ')} -jar '${jar}' restore "$@" --restoration-phase-type=$phase || exit; done`;
    return { argv: ['sh', '-c', script, 'esop', ...args], env, hasPodSide: false, prefix };
  }

  return {
    name: 'esop',
    version: `Esop ${esopVersion}`,
    prepare: async (work) => (work.kind === 'restore' ? await restore(work) : backup(work)),
  };
}
