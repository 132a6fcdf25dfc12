import { expect } from 'chai';
import type { Bench, Work } from '../../../../../bench/compare/tool.ts';
import { cainTool } from '../../../../../bench/compare/tools/cain.ts';
import { imageEnv } from '../../../../support/image-env.ts';

const bench = {
  cluster: {
    clusterName: 'bench',
    env: (more: Record<string, string>) => more,
    s3: { bucket: 'backups' },
  },
  phases: { url: 'http://127.0.0.1:1' },
} as unknown as Bench;
const work: Work = { kind: 'first', round: 0, dataSet: { name: 'large', keyspace: 'ks', tables: [] } };

describe('cainTool', () => {
  it('leaves the bytes that Cain itself sends out of the signature, as the plain copy does', async () => {
    const { env } = await cainTool(bench, 'exec').prepare(work);

    expect(env).to.include({ CAIN_TRANSFER: 'exec', CAIN_S3_UNSIGNED_PAYLOAD: 'true' });
  });

  it('changes nothing else of its defaults, in the environment of the image', async () => {
    const { env } = await cainTool(bench, 'direct').prepare(work);

    expect(env).to.have.all.keys([
      ...Object.keys(imageEnv()),
      'CAIN_TRANSFER',
      'CAIN_KEYSPACE',
      'CAIN_DST',
      'CAIN_PUSHGATEWAY_URL',
      'CAIN_HOLDER',
    ]);
  });
});
