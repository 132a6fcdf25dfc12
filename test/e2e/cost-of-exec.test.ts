import { expect } from 'chai';
import type { TestCluster } from '../support/e2e/cluster.ts';
import { type CpuSeconds, costOf } from '../support/e2e/cpu-seconds.ts';
import { cassandraPods, databases, testCluster } from '../support/e2e/environment.ts';
import { jobEnd, startJob } from '../support/e2e/jobs.ts';
import { pushedMetrics } from '../support/e2e/prometheus.ts';
import { runOrFail } from '../support/embedded/run-program.ts';

const mebibyte = 1 << 20;

describe('what a backup costs the API server and the nodes', function () {
  this.timeout(600_000);
  this.slow(1);
  let cluster: TestCluster;

  before(async function () {
    cluster = await testCluster(this);
    // What this reads are files, of which there are none before a first flush.
    for (const pod of cassandraPods) {
      await cluster.kubectl(['--namespace', databases, 'exec', pod, '--', 'nodetool', 'flush', 'shop']);
    }
  });

  function print(what: string, bytes: number, seconds: number, cpu: CpuSeconds): void {
    const rate = (bytes / mebibyte / seconds).toFixed(1);
    const each = Object.entries(cpu).map(([name, used]) => `${name} ${used.toFixed(1)}`);
    console.log(
      `      ${what}: ${(bytes / mebibyte).toFixed(0)} MiB, ${rate} MiB/s; CPU seconds: ${each.join(', ')}`,
    );
  }

  it('kubectl exec, to compare with', async function () {
    const { local } = cluster;
    if (!local) return this.skip();
    const read = 'for i in 1 2 3 4 5 6; do cat /var/lib/cassandra/data/shop/pictures-*/*-Data.db; done';
    const exec = ['--namespace', databases, 'exec', 'cassandra-0', '--', 'sh', '-c', read];
    const counted = ['sh', '-c', '"$@" | wc -c', 'count', ...cluster.kubectlCommand(exec)];
    const { result, seconds, cpu } = await costOf(local, () => runOrFail(counted));

    expect(Number(result)).to.be.greaterThan(mebibyte);
    expect(cpu['kube-apiserver']).to.be.greaterThan(0);
    print('kubectl exec', Number(result), seconds, cpu);
  });

  for (const way of ['exec', 'direct']) {
    it(`a full backup by ${way} transfer`, async function () {
      const { local } = cluster;
      if (!local) return this.skip();
      const settings = { CAIN_FULL: 'true', CAIN_TRANSFER: way };
      const { result, cpu } = await costOf(local, async () => {
        await startJob(cluster, `cost-of-${way}`, 'cain-backup-default', settings);
        return await jobEnd(cluster, `cost-of-${way}`);
      });
      expect(result.succeeded, result.log).to.equal(true);
      expect(cpu['kube-apiserver']).to.be.greaterThan(0);

      const bytes = await metric('cain_backup_uploaded_bytes');
      print(
        `${way} transfer`,
        bytes,
        await metric('cain_backup_phase_duration_seconds', 'phase="transfer"'),
        cpu,
      );
      expect(bytes).to.be.greaterThan(mebibyte);
    });
  }

  it('starts no JVM in the containers of Cassandra', async () => {
    const inPod = (pod: string, script: string) =>
      cluster.kubectl(['--namespace', databases, 'exec', pod, '--', 'sh', '-c', script]);
    const tool = '/usr/local/bin/nodetool';
    const count = `#!/bin/sh\necho "$*" >> /tmp/nodetools\nexec ${tool}.real "$@"\n`;
    for (const pod of cassandraPods) {
      await inPod(pod, `mv ${tool} ${tool}.real && printf '%s' '${count}' > ${tool} && chmod 755 ${tool}`);
      await inPod(pod, 'nodetool version && grep -qx version /tmp/nodetools && rm /tmp/nodetools');
    }

    await startJob(cluster, 'jvms', 'cain-backup-default', { CAIN_FULL: 'true' });
    const { succeeded, log } = await jobEnd(cluster, 'jvms');

    expect(succeeded, log).to.equal(true);
    for (const pod of cassandraPods) {
      expect(await inPod(pod, 'cat /tmp/nodetools 2>/dev/null || true'), pod).to.equal('');
      await inPod(pod, `mv ${tool}.real ${tool}`);
    }
  });

  async function metric(name: string, label = ''): Promise<number> {
    const lines = await pushedMetrics(cluster, `${name}{`);
    const line = lines.find((each) => each.includes('cluster="Shop"') && each.includes(label));
    expect(line, name).not.to.equal(undefined);
    return Number(line?.split(' ').at(-1));
  }
});
