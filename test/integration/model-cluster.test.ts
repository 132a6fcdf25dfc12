import { expect } from 'chai';
import { type ModelCluster, startModelCluster } from '../support/model/cluster.ts';
import { createShop, fillShop, shopRows } from '../support/model/shop.ts';
import { startPushTarget } from '../support/push-target.ts';
import { buildCain, startCain } from '../support/run-cain.ts';

describe('The model cluster', function () {
  this.timeout(60_000);
  let cluster: ModelCluster;

  before(async () => {
    await buildCain();
    cluster = await startModelCluster({ dataDirectories: 2 });
    createShop(cluster.ring);
  });
  after(() => cluster?.stop());

  it('is backed up, damaged and restored as a real one', async () => {
    const backup = await startCain([], cluster.env()).ended;
    expect(backup.exitCode, backup.stderr).to.equal(0);
    const saved = shopRows(cluster.ring);
    const tag = String(backup.lastCommit?.tag);
    fillShop(cluster.ring, 'second', 20);
    expect(shopRows(cluster.ring)).to.not.deep.equal(saved);

    const confirm = { CAIN_RESTORE_ID: 'r1', CAIN_TAG: tag, CAIN_RESTORE_CONFIRM: `Test Cluster/${tag}` };
    const restore = await startCain(['restore'], cluster.env(confirm)).ended;

    expect(restore.exitCode, restore.stderr).to.equal(0);
    expect(shopRows(cluster.ring)).to.deep.equal(saved);
  });

  it('tells Cain of a tool that fails, hangs or lies', async () => {
    const { faults } = cluster.ring;
    const fault = faults.add({
      match: ({ tool, args }) => tool === 'nodetool' && args.includes('snapshot'),
      kind: 'lie',
      text: 'error: No space left on device\n',
      times: 2,
    });

    const run = await startCain([], cluster.env()).ended;

    expect(fault.hits).to.equal(2);
    expect(run.exitCode).to.equal(1);
    expect(run.stderr).to.include('CAIN_SNAPSHOT_INCOMPLETE');
    faults.clear();
  });

  it('hears of each command that is refused before it begins, with what it was refused for', async () => {
    const gateway = await startPushTarget();
    const wrongKeys = { AWS_SECRET_ACCESS_KEY: 'wrong' };
    const refused: ReadonlyArray<
      [metric: string, args: readonly string[], more: Record<string, string>, why: string]
    > = [
      ['cain_backup', [], wrongKeys, 'SignatureDoesNotMatch'],
      ['cain_backup', [], { CAIN_KEYSPACE: 'shop,tpyo' }, 'No keyspace fits tpyo'],
      ['cain_prune', ['prune'], wrongKeys, 'CAIN_STORE_ACCESS'],
      ['cain_verify', ['verify'], wrongKeys, 'SignatureDoesNotMatch'],
      ['cain_drill', ['restore', '--drill'], wrongKeys, 'CAIN_STORE_ACCESS'],
    ];

    try {
      for (const [index, [metric, args, more, why]] of refused.entries()) {
        const env = { ...cluster.env(), CAIN_PUSHGATEWAY_URL: gateway.url, ...more };
        const run = await startCain(args, env).ended;

        expect(run.exitCode, run.stderr).to.equal(3);
        expect(run.stderr, metric).to.contain(why);
        expect(gateway.pushes[index]?.body).to.contain(`${metric}_last_run_success 0`);
        expect(gateway.pushes[index]?.body).to.not.contain('cain_cleanup_last_run_success');
      }
    } finally {
      await gateway.close();
    }
  });
});
