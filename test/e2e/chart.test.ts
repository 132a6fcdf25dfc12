import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { TestCluster } from '../support/e2e/cluster.ts';
import { testCluster } from '../support/e2e/environment.ts';
import { cainNamespace } from '../support/e2e/jobs.ts';
import { kubernetesVersion } from '../support/e2e/tools.ts';

const chart = fileURLToPath(new URL('../../charts/cain', import.meta.url));
const examples = readdirSync(`${chart}/ci`);

describe('the chart, asked of a real API server', function () {
  this.timeout(120_000);
  this.slow(1);
  let cluster: TestCluster;

  before(async function () {
    cluster = await testCluster(this);
    // What the examples count on.
    await cluster.kubectl(['create', 'namespace', 'monitoring']);
    await cluster.kubectl(['create', 'priorityclass', 'batch-low', '--value=-10']);
  });

  for (const example of examples) {
    it(`takes ${example}`, async () => {
      const values = [
        '--values',
        `${chart}/ci/${example}`,
        `--kube-version=${kubernetesVersion}`,
        '--skip-tests',
      ];
      const objects = await cluster.helm([
        'template',
        'example',
        chart,
        '--namespace',
        cainNamespace,
        ...values,
      ]);
      const apply = ['apply', '--dry-run=server', '--filename=-'];
      const { code, stdout, stderr } = await cluster.tryKubectl(apply, { input: objects });

      expect(code, stderr).to.equal(0);
      expect(stdout).to.match(/cronjob\.batch\/\S+ created \(server dry run\)/);
      // Of Pod Security: the namespace is restricted.
      expect(stderr).not.to.match(/would violate|unknown field/);
    });
  }

  it('is uninstalled without a trace', async () => {
    const namespace = ['--namespace', cainNamespace];
    await cluster.helm(['install', 'trace', chart, ...namespace, '--set', 's3.destination=s3://b/p']);
    await cluster.helm(['uninstall', 'trace', ...namespace, '--wait']);
    const kinds = 'cronjobs,serviceaccounts,roles,rolebindings,configmaps,networkpolicies';
    const left = await cluster.kubectl([
      'get',
      kinds,
      '--all-namespaces',
      '--selector=app.kubernetes.io/instance=trace',
      '--output=name',
    ]);

    expect(left).to.equal('');
  });
});
