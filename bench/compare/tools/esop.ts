import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Bench, Job, Tool, Work } from '../tool.ts';
import { esopVersion } from './fetch-peers.ts';

const phases = ['DOWNLOAD', 'TRUNCATE', 'IMPORT', 'CLEANUP'];

/** Esop on the node itself; a restore by import is four runs of it, one a phase. */
export function esopTool({ cluster }: Bench, { jar, java }: { jar: string; java: string }): Tool {
  const node = cluster.nodes[0];
  if (!node) throw new Error('There is no node');
  const { accessKeyId, secretAccessKey, region, bucket, endpoint } = cluster.s3;
  const nodeDirectory = dirname(node.logFile);
  const data = node.dataDirectories[0] ?? '';
  const env = {
    PATH: process.env.PATH ?? '',
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_REGION: region,
    // Its own AWS_ENDPOINT is read and used nowhere in 3.0.1; this one is the SDK's, which takes an address without a name for path style.
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  let snapshots = 0;
  let last = { prefix: '', tag: '' };

  function common(prefix: string, tag: string, keyspace: string): readonly string[] {
    return [
      `--storage-location=s3://${bucket}/${prefix}/dc1/node1`,
      `--snapshot-tag=${tag}`,
      `--jmx-service=127.0.0.1:${node?.jmxPort}`,
      `--entities=${keyspace}`,
      `--data-dir=${data}`,
      '--insecure-http',
      '--skip-bucket-verification',
    ];
  }

  function backup({ dataSet, kind, round }: Work): Job {
    const prefix = kind === 'second' ? last.prefix : `esop-${dataSet.name}-${round}`;
    last = { prefix, tag: `bench${++snapshots}` };
    const argv = [java, '-jar', jar, 'backup', ...common(prefix, last.tag, dataSet.keyspace)];
    return { argv, env, hasPodSide: false, prefix };
  }

  async function restore({ dataSet }: Work): Promise<Job> {
    const downloads = join(cluster.dir, 'esop-restore');
    await rm(downloads, { recursive: true, force: true });
    await mkdir(downloads);
    const args = [
      ...common(last.prefix, last.tag, dataSet.keyspace),
      '--restoration-strategy-type=IMPORT',
      `--import-source-dir=${downloads}`,
      `--cassandra-dir=${nodeDirectory}`,
      `--config-directory=${join(nodeDirectory, 'conf')}`,
    ];
    const script = `for phase in ${phases.join(' ')}; do '${java}' -jar '${jar}' restore "$@" --restoration-phase-type=$phase || exit; done`;
    return { argv: ['sh', '-c', script, 'esop', ...args], env, hasPodSide: false, prefix: last.prefix };
  }

  return {
    name: 'esop',
    version: `Esop ${esopVersion}`,
    prepare: async (work) => (work.kind === 'restore' ? await restore(work) : backup(work)),
  };
}
