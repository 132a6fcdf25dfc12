import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { version } from '../../../src/version.ts';
import { imageEnv } from '../../../test/support/image-env.ts';
import type { DataSet } from '../data-set.ts';
import { type Bench, earlierOf, type Job, type Tool, type Work } from '../tool.ts';

const bundle = join(fileURLToPath(new URL('../../..', import.meta.url)), 'dist', 'cain.js');

/** What a setting of its own makes comparable. Over plain http Cain would hash each byte that it sends itself for the signature, too, which `limit` does not. */
const settings = { direct: {}, exec: { CAIN_S3_UNSIGNED_PAYLOAD: 'true' } } as const;

/** Cain as the CronJob runs it, with its defaults, held to one way of transfer. */
export function cainTool({ cluster, phases }: Bench, transfer: 'direct' | 'exec'): Tool {
  const name = `cain-${transfer}` as const;
  const last = new Map<DataSet['name'], { readonly prefix: string; readonly tag: string }>();

  function jobOf(
    args: readonly string[],
    dataSet: DataSet,
    prefix: string,
    more: Record<string, string>,
  ): Job {
    const env = cluster.env({
      ...imageEnv(),
      CAIN_TRANSFER: transfer,
      ...settings[transfer],
      CAIN_KEYSPACE: dataSet.keyspace,
      CAIN_DST: `s3://${cluster.s3.bucket}/${prefix}`,
      CAIN_PUSHGATEWAY_URL: phases.url,
      // A Job of its own each: a restore under the id of a finished one has nothing to do.
      CAIN_HOLDER: randomUUID(),
      ...more,
    });
    return { argv: [process.execPath, bundle, ...args], env, hasPodSide: true, prefix };
  }

  function backup(work: Work): Job {
    const { dataSet, kind, round } = work;
    const prefix = kind === 'second' ? earlierOf(last, work).prefix : `${name}/${dataSet.name}-${round}`;
    return {
      ...jobOf(['backup'], dataSet, prefix, {}),
      async done(output) {
        const tag = /"tag":"(\d{14})"/.exec(output)?.[1] ?? '';
        last.set(dataSet.name, { prefix, tag });
      },
    };
  }

  function restore(work: Work): Job {
    const { dataSet } = work;
    const { prefix, tag } = earlierOf(last, work);
    const confirmation = `${cluster.clusterName}/${tag}`;
    return jobOf(['restore'], dataSet, prefix, { CAIN_TAG: tag, CAIN_RESTORE_CONFIRM: confirmation });
  }

  return {
    name,
    version,
    prepare: async (work) => (work.kind === 'restore' ? restore(work) : backup(work)),
  };
}
