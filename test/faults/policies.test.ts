import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  PutObjectRetentionCommand,
} from '@aws-sdk/client-s3';
import { expect } from 'chai';
import {
  clusterPrefix,
  damagedKey,
  inventoryKey,
  manifestKey,
  schemaKey,
  topologyKey,
} from '../../src/store/layout.ts';
import { hasIamService } from '../support/embedded/s3-source.ts';
import { checkListedBackups, checkNothingIsLeft, findGarbage } from '../support/faults/check-backups.ts';
import { withoutEachRight } from '../support/faults/policy-rights.ts';
import {
  policyText,
  policyWithLocks,
  type RoleLane,
  type RoleName,
  type RoleRun,
  roleNames,
  rolesPrefix,
  startRoleLane,
} from '../support/faults/roles.ts';
import { errorCodeOf } from '../support/faults/run-outcome.ts';
import { graceIsOver } from '../support/faults/sweep-all.ts';
import { fillShop, shopRows, shopTables } from '../support/model/shop.ts';
import { buildCain, startCain } from '../support/run-cain.ts';

const signal = new AbortController().signal;
const bucket = 'backups';
const full = ['verify', '--full'];
const outside = ['other/secret', `${rolesPrefix}-2/secret`, 'secret'];

/** Says aloud where not. */
async function canReadPolicies(): Promise<boolean> {
  if (await hasIamService()) return true;
  console.log(
    'Skipped: versitygw is not there as a program, whose IAM service reads the policies (Debian: apt-get install golang; then npx mocha test/faults/policies.test.ts)',
  );
  return false;
}

describe('The policies of docs/policies, as a server reads them', function () {
  this.timeout(0);
  let roles: RoleLane;
  let nights = 0;

  before(async function () {
    if (!(await canReadPolicies())) this.skip();
    await buildCain();
    roles = await startRoleLane();
    const root = roles.client();
    await root.send(new CreateBucketCommand({ Bucket: 'elsewhere' }));
    for (const Key of outside) await root.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'x' }));
  });
  after(async () => await roles?.stop());

  const store = () => roles.lane.bucket(rolesPrefix);

  /** As the writer would each night: files come, and every second night compaction takes some away. */
  async function backup(
    args: readonly string[],
    extra: Readonly<Record<string, string>> = {},
  ): Promise<RoleRun> {
    const { ring } = roles.lane.cluster;
    fillShop(ring, `night ${nights++}`, 2);
    if (nights % 2 === 0)
      for (const [keyspace, table] of shopTables)
        for (const { disk } of ring.members) disk.compact(ring.table(keyspace, table));
    return await roles.cain('writer', args, extra);
  }

  function expectSuccess(run: RoleRun): void {
    expect(run.exitCode, run.stderr).to.equal(0);
    expect(run.refusals).to.deep.equal([]);
  }

  function expectOneErrorNaming(right: string, { stderr }: RoleRun): void {
    const errors = stderr.split('\n').filter((line) => line.includes('"level":"error"'));
    expect(errors).to.have.length(1);
    expect(errors[0]).to.contain(`not authorized to perform: ${right} `);
  }

  /** What a prune finds to do, and the settings by which it does: a backup that expires, a run that died, an upload. */
  async function leaveWork(): Promise<Record<string, string>> {
    await leaveDeadRun();
    await leaveUpload();
    await graceIsOver();
    const { backups } = await store().catalog();
    return { CAIN_KEEP_LAST: String(backups.length - 1), CAIN_PRUNE_GRACE: '1s' };
  }

  /** Killed once some of its data is stored. */
  async function leaveDeadRun(): Promise<void> {
    const { cluster, env, proxy } = roles.lane;
    fillShop(cluster.ring, `night ${nights++}`, 2);
    const child = startCain(['backup'], env(roles.env('writer')));
    proxy.onAnswered = (request) => {
      if (/put .*-Data\.db$/.test(request)) child.kill('SIGKILL');
    };
    const run = await child.ended;
    proxy.onAnswered = undefined;
    expect(run.signal, run.stderr).to.equal('SIGKILL');
  }

  /** As a run leaves it that was killed while it sent a large file. */
  async function leaveUpload(): Promise<void> {
    await store().store.beginUpload(`${(await newest()).data}.left`, { signal });
  }

  async function newest(): Promise<{ readonly tag: string; readonly data: string }> {
    const { catalog, inventory } = store();
    const manifest = (await catalog()).backups.at(-1);
    if (!manifest) throw new Error('No backup is listed');
    const data = (await inventory(manifest)).find(
      ({ file, sizeBytes }) => file.endsWith('-Data.db') && sizeBytes > 0,
    );
    return { tag: manifest.tag, data: data?.object.key ?? '' };
  }

  function fullKey(key: string): string {
    const { namespace, clusterName } = roles.lane.cluster;
    return `${rolesPrefix}/${clusterPrefix(namespace, clusterName)}${key}`;
  }

  /** The code and status of each answer: 200, or an error. */
  async function answersTo(requests: ReadonlyArray<Promise<unknown>>): Promise<readonly string[]> {
    const answers = await Promise.allSettled(requests);
    return answers.map((answer) => {
      if (answer.status === 'fulfilled') return '200';
      const { name, $metadata } = answer.reason as { name: string; $metadata?: { httpStatusCode?: number } };
      return `${$metadata?.httpStatusCode} ${name}`;
    });
  }
  const denied = (count: number): readonly string[] => Array(count).fill('403 AccessDenied');

  const put = (role: RoleName, keys: readonly string[]) => {
    const client = roles.client(role);
    return keys.map((Key) => client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'forged' })));
  };
  const remove = (role: RoleName, keys: readonly string[]) => {
    const client = roles.client(role);
    return keys.map((Key) => client.send(new DeleteObjectCommand({ Bucket: bucket, Key })));
  };

  /** Nothing of what lies beside the prefix, whatever the role. */
  async function seesNothingOutside(role: RoleName): Promise<void> {
    const client = roles.client(role);
    const get = outside.map((Key) => client.send(new GetObjectCommand({ Bucket: bucket, Key })));
    const list = client.send(new ListObjectsV2Command({ Bucket: 'elsewhere' }));

    expect(await answersTo([...get, list])).to.deep.equal(denied(4));
    expect(await answersTo([...put(role, outside), ...remove(role, outside)])).to.deep.equal(denied(6));
  }

  it('the writer backs up, and can delete neither data nor manifests', async () => {
    expectSuccess(await backup(['backup'], { CAIN_TRANSFER: 'exec' }));
    expectSuccess(await backup(['backup'], { CAIN_TRANSFER: 'direct' }));
    expectSuccess(await backup(['backup', '--full']));
    expect(await checkListedBackups(roles.lane, rolesPrefix)).to.equal(3);
    await checkNothingIsLeft(roles.lane, rolesPrefix);
    const { tag, data } = await newest();
    const kept = [data, manifestKey(tag), inventoryKey(tag, 'cassandra-0')].map(fullKey);

    expect(await answersTo(remove('writer', kept))).to.deep.equal(denied(3));
    const batch = new DeleteObjectsCommand({
      Bucket: bucket,
      Delete: { Objects: kept.map((Key) => ({ Key })) },
    });
    const { Deleted = [], Errors = [] } = await roles.client('writer').send(batch);
    expect(Deleted).to.deep.equal([]);
    expect(Errors.map(({ Code }) => Code)).to.deep.equal(['AccessDenied', 'AccessDenied', 'AccessDenied']);
    await seesNothingOutside('writer');
    expect(await checkListedBackups(roles.lane, rolesPrefix)).to.equal(3);
  });

  for (const role of ['restorer', 'verifier'] as const) {
    it(`the ${role} can't prune: one error names the right, and nothing is changed`, async () => {
      const retention = await leaveWork();
      const before = await store().keys();

      const run = await roles.cain(role, ['prune'], retention);

      expect(run.exitCode, run.stderr).to.equal(1);
      expect(errorCodeOf(run)).to.equal('CAIN_PRUNE_STOPPED');
      expectOneErrorNaming('s3:PutObject', run);
      expect(await store().keys()).to.deep.equal(before);
    });
  }

  it('a prune of the writer deletes nothing, and says so', async () => {
    const retention = await leaveWork();
    const before = await store().keys();

    const run = await roles.cain('writer', ['prune'], retention);

    expect(run.exitCode, run.stderr).to.equal(0);
    expect(run.stdout).to.match(/^Locked +\d+ objects/m);
    expect(run.stderr).to.contain('not authorized to perform: s3:DeleteObject');
    expect(await store().keys()).to.include.members(before);
  });

  it('the pruner prunes, and can write no data', async () => {
    const retention = await leaveWork();
    const { tag, data } = await newest();
    const kept = Number(retention.CAIN_KEEP_LAST);

    for (let round = 0; round < 3; round++) {
      expectSuccess(await roles.cain('pruner', ['prune'], retention));
      await graceIsOver();
    }

    expect(await checkListedBackups(roles.lane, rolesPrefix)).to.equal(kept);
    expect(await findGarbage(roles.lane, rolesPrefix)).to.deep.equal([]);
    expect(await store().pendingUploads()).to.deep.equal([]);
    const records = [inventoryKey(tag, 'cassandra-0'), topologyKey(tag), schemaKey(tag)];
    const keys = [data, `${data}.new`, ...records].map(fullKey);
    expect(await answersTo(put('pruner', keys))).to.deep.equal(denied(5));
    await seesNothingOutside('pruner');
    expect(await checkListedBackups(roles.lane, rolesPrefix)).to.equal(kept);
  });

  it('the restorer lists, verifies and restores, and can change nothing', async () => {
    const { ring, clusterName } = roles.lane.cluster;
    expectSuccess(await backup(['backup']));
    const saved = shopRows(ring);
    const { tag, data } = await newest();
    fillShop(ring, 'after the backup', 3);
    const settings = {
      CAIN_RESTORE_ID: 'policies',
      CAIN_TAG: tag,
      CAIN_RESTORE_CONFIRM: `${clusterName}/${tag}`,
      CAIN_RESTORE_UNDO: 'clear',
    };

    const listed = await roles.cain('restorer', ['list']);
    const verified = await roles.cain('restorer', ['verify']);
    const restored = await roles.cain('restorer', ['restore'], settings);

    expectSuccess(listed);
    expectSuccess(verified);
    expectSuccess(restored);
    expect(listed.stdout).to.include(tag);
    expect(shopRows(ring)).to.deep.equal(saved);
    const keys = [data, `${data}.new`, manifestKey(tag), damagedKey(tag)].map(fullKey);
    expect(await answersTo(put('restorer', keys))).to.deep.equal(denied(4));
    expect(await answersTo(remove('restorer', keys))).to.deep.equal(denied(4));
    await seesNothingOutside('restorer');
  });

  /** A bit of the newest backup is turned for as long as the verification takes. */
  async function verifyDamaged(role: RoleName = 'verifier'): Promise<RoleRun> {
    const { s3 } = roles.lane.cluster;
    const path = join(s3.directory, s3.bucket, fullKey((await newest()).data));
    const whole = readFileSync(path);
    const damaged = Buffer.from(whole);
    damaged[0] = (damaged[0] ?? 0) ^ 1;
    writeFileSync(path, damaged);
    try {
      return await roles.cain(role, full);
    } finally {
      writeFileSync(path, whole);
    }
  }

  it('the verifier reads everything and marks damage, and can change nothing else', async () => {
    const { tag, data } = await newest();

    const before = await roles.cain('verifier', full);
    const found = await verifyDamaged();
    const marked = (await store().keys()).includes(damagedKey(tag));
    const after = await roles.cain('verifier', full);

    expect([before.exitCode, found.exitCode, after.exitCode], found.stderr).to.deep.equal([0, 5, 0]);
    expect(marked, 'the damage is recorded').to.equal(true);
    for (const run of [before, found, after]) expect(run.refusals).to.deep.equal([]);
    const keys = [data, `${data}.new`, manifestKey(tag)].map(fullKey);
    expect(await answersTo(put('verifier', keys))).to.deep.equal(denied(3));
    expect(await answersTo(remove('verifier', [...keys, fullKey(damagedKey(tag))]))).to.deep.equal(denied(4));
    await seesNothingOutside('verifier');
  });

  it('the restorer finds damage like the verifier, though it can not mark it, and says both', async () => {
    expectSuccess(await backup(['backup']));
    const { tag } = await newest();

    const found = await verifyDamaged('restorer');

    expect(found.exitCode, found.stderr).to.equal(5);
    expect(errorCodeOf(found)).to.equal('CAIN_DAMAGED');
    expect(found.stderr).to.include('could not be recorded').and.include('CAIN_STORE_ACCESS');
    expect(await store().keys()).not.to.include(damagedKey(tag));
  });

  for (const role of roleNames.filter((name) => name !== 'writer')) {
    it(`the ${role} can't back up: one error names the right, and nothing is changed`, async () => {
      const before = await store().keys();

      const run = await roles.cain(role, ['backup']);

      expect(run.exitCode, run.stderr).to.equal(3);
      expect(errorCodeOf(run)).to.equal('CAIN_PREFLIGHT');
      expectOneErrorNaming('s3:PutObject', run);
      expect(await store().keys()).to.deep.equal(before);
      await checkNothingIsLeft(roles.lane, rolesPrefix);
    });
  }

  /** What the role is for, as far as one of its rights may be missing in it. */
  const stories: Readonly<Record<RoleName, (retention: Record<string, string>) => Promise<RoleRun>>> = {
    writer: async () => await backup(['backup', '--full']),
    pruner: async (retention) => {
      await leaveUpload();
      return await roles.cain('pruner', ['prune'], retention);
    },
    restorer: async () => await roles.cain('restorer', ['list']),
    verifier: async () => await verifyDamaged(),
  };
  /** What this server gives no occasion for. */
  const unseen: Readonly<Record<string, string>> = {
    's3:GetLifecycleConfiguration': 'it has no lifecycle rules',
    's3:DeleteObject of arn:aws:s3:::backups/cassandra/*/.cain/probe/*':
      'it refuses the damaged upload, which else is deleted',
  };
  for (const role of roleNames) {
    it(`the ${role} needs each right that it has`, async () => {
      const retention = role === 'pruner' ? await leaveWork() : {};
      for (const { right, document } of withoutEachRight(policyText(role)).toSorted(uploadsLast)) {
        await roles.setPolicy(role, document);

        const { refusals } = await stories[role](retention);

        if (right in unseen) console.log(`      Not shown: ${right}, since ${unseen[right]}`);
        else expect(refusals, `what is refused without ${right}`).not.to.be.empty;
      }
      await roles.setPolicy(role, policyText(role));
    });
  }
});

/** Without one of these a prune does all the rest, and leaves nothing to do for those that follow. */
function uploadsLast(a: { readonly right: string }, b: { readonly right: string }): number {
  return Number(a.right.includes('Multipart')) - Number(b.right.includes('Multipart'));
}

describe('The policy for locks and tags beside that of the writer', function () {
  this.timeout(0);
  let roles: RoleLane;
  const settings = {
    CAIN_S3_LOCK_MODE: 'GOVERNANCE',
    CAIN_S3_LOCK_FOR: '1d',
    CAIN_S3_TAGS: 'team=db',
  };

  before(async function () {
    if (!(await canReadPolicies())) this.skip();
    await buildCain();
    roles = await startRoleLane({ hasObjectLock: true });
  });
  after(async () => await roles?.stop());

  /** The second night reuses what lay there without a lock, and one object that somebody has locked for longer. */
  async function nights(document: string): Promise<readonly RoleRun[]> {
    await roles.setPolicy('writer', document);
    fillShop(roles.lane.cluster.ring, String(Math.random()), 2);
    const first = await roles.cain('writer', ['backup']);
    expect(first.exitCode, first.stderr).to.equal(0);
    await lockForLong(String(first.lastCommit?.tag));
    return [first, await roles.cain('writer', ['backup'], settings)];
  }

  async function lockForLong(tag: string): Promise<void> {
    const { backups } = await roles.lane.bucket(rolesPrefix).catalog();
    const manifest = backups.find((each) => each.tag === tag);
    const lines = manifest ? await roles.lane.bucket(rolesPrefix).inventory(manifest) : [];
    // What was stored before is locked long enough by now.
    const line = lines.find(({ object }) => object.key.includes(`/${tag}/`));
    const { namespace, clusterName } = roles.lane.cluster;
    await roles.client().send(
      new PutObjectRetentionCommand({
        Bucket: bucket,
        Key: `${rolesPrefix}/${clusterPrefix(namespace, clusterName)}${line?.object.key}`,
        Retention: { Mode: 'GOVERNANCE', RetainUntilDate: new Date(Date.now() + 400 * 24 * 3_600_000) },
        BypassGovernanceRetention: true,
      }),
    );
  }

  it('lets it lock and tag', async () => {
    for (const run of await nights(policyWithLocks('writer'))) {
      expect(run.exitCode, run.stderr).to.equal(0);
      // The object that is locked for longer.
      expect(run.refusals.length).to.be.at.most(1);
    }
  });

  for (const { right, document } of withoutEachRight(policyWithLocks('writer')).filter(({ right }) =>
    /Retention|Tagging|ObjectLock/.test(right),
  ))
    it(`is needed: ${right}`, async () => {
      const [, run] = await nights(document);
      expect(run?.refusals, `what is refused without ${right}`).not.to.be.empty;
    });
});
