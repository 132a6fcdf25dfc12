import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Minio, mayHaveMinio, startMinio } from '../support/embedded/minio.ts';
import { type ProcessKeeper, startProcessKeeper } from '../support/embedded/process-keeper.ts';
import { type Lane, startLane } from '../support/faults/lane.ts';
import { errorCodeOf } from '../support/faults/run-outcome.ts';
import { fillShop, shopRows } from '../support/model/shop.ts';
import { buildCain } from '../support/run-cain.ts';

const key = () => randomBytes(32).toString('base64');
/** A value in a row: in the clear it can be found among the server's files. */
const marker = `marker-${randomBytes(8).toString('hex')}`;

describe('A bucket whose objects are encrypted with a customer key (SSE-C)', function () {
  this.timeout(600_000);
  let dir: string;
  let keeper: ProcessKeeper;
  let minio: Minio;
  let lane: Lane;
  const ours = key();

  before(async function () {
    if (!mayHaveMinio()) {
      console.log(
        'Skipped: versitygw knows no SSE-C, and MinIO is not built (ten minutes with Go: CAIN_MINIO=build npx mocha test/faults/encrypted.test.ts)',
      );
      this.skip();
    }
    await buildCain();
    dir = mkdtempSync(join(tmpdir(), 'cain-minio-'));
    keeper = startProcessKeeper(dir);
    minio = await startMinio(dir, keeper, console.log);
    lane = await startLane({ nodes: 1 });
    lane.cluster.ring.schema.create('CREATE TABLE shop.media (id text PRIMARY KEY, v text)');
    // In parts.
    lane.cluster.ring.insert('shop', 'media', 'film', `${marker} ${'x'.repeat(12 * 1024 * 1024)}`);
    lane.cluster.ring.insert('shop', 'media', 'short', marker);
  });
  after(async () => {
    await lane?.stop();
    await keeper?.end();
    if (dir) rmSync(dir, { recursive: true, force: true });
  });

  function cain(args: readonly string[], extra: Record<string, string> = {}) {
    return lane.cain(args, {
      AWS_S3_ENDPOINT: minio.endpoint,
      AWS_ACCESS_KEY_ID: minio.accessKeyId,
      AWS_SECRET_ACCESS_KEY: minio.secretAccessKey,
      CAIN_S3_CA_FILE: minio.caFile,
      CAIN_S3_PART_SIZE: '5MiB',
      CAIN_DST: `s3://${minio.bucket}/encrypted`,
      ...extra,
    });
  }
  const withKey = { CAIN_S3_SSE_C_KEY: ours };
  async function expectSuccess(args: readonly string[], extra: Record<string, string>) {
    const run = await cain(args, extra);
    expect(run.exitCode, `${args.join(' ')}: ${run.stderr.slice(-3000)}`).to.equal(0);
    expect(run.stdout + run.stderr).to.not.contain(ours);
    return run;
  }
  function filesWithMarker(prefix: string): readonly string[] {
    const root = join(minio.directory, minio.bucket, prefix);
    return readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => readFileSync(file).includes(marker));
  }

  function filesBesideTrials(): readonly string[] {
    const files = readdirSync(join(minio.directory, minio.bucket), { recursive: true, encoding: 'utf8' });
    return files.filter((file) => !file.includes('.cain/probe'));
  }

  it('is backed up by exec, reused, verified in full and restored', async () => {
    const first = await expectSuccess([], withKey);
    const saved = shopRows(lane.cluster.ring);
    expect(filesWithMarker('encrypted')).to.deep.equal([]);
    fillShop(lane.cluster.ring, 'later', 3);
    const second = await expectSuccess([], withKey);
    expect(second.lastCommit?.reusedBytes).to.be.greaterThan(12 * 1024 * 1024);
    await expectSuccess(['verify', '--full'], withKey);
    expect((await expectSuccess(['list'], withKey)).stdout).to.contain(String(first.lastCommit?.tag));

    const tag = String(first.lastCommit?.tag);
    await expectSuccess(['restore'], {
      ...withKey,
      CAIN_TAG: tag,
      CAIN_RESTORE_ID: 'encrypted',
      CAIN_RESTORE_CONFIRM: `${lane.cluster.clusterName}/${tag}`,
    });
    expect(shopRows(lane.cluster.ring)).to.deep.equal(saved);
  });

  it('would be in the clear without the key', async () => {
    await expectSuccess([], { CAIN_DST: `s3://${minio.bucket}/clear` });
    expect(filesWithMarker('clear')).to.not.deep.equal([]);
  });

  for (const [what, extra] of [
    ['no key', {}],
    ['another key', { CAIN_S3_SSE_C_KEY: key() }],
  ] as const)
    it(`is neither read nor changed with ${what}, which is what the error speaks of`, async () => {
      const before = filesBesideTrials();
      for (const args of [[], ['restore'], ['list'], ['prune'], ['verify']]) {
        const run = await cain(args, extra);
        const last = run.stderr.split('\n').findLast((line) => line.includes('"level":"error"')) ?? '';
        expect(run.exitCode, args.join(' ')).to.not.equal(0);
        expect(errorCodeOf(run), run.stderr).to.be.a('string');
        expect(last, args.join(' ')).to.contain('CAIN_S3_SSE_C_KEY');
      }
      expect(filesBesideTrials()).to.deep.equal(before);
    });

  it('is not mixed with objects in the clear', async () => {
    const run = await cain([], { ...withKey, CAIN_DST: `s3://${minio.bucket}/clear` });
    expect(run.exitCode).to.not.equal(0);
    expect(run.stderr).to.contain('CAIN_S3_SSE_C_KEY');
  });
});
