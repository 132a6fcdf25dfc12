import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { TestCluster } from '../support/e2e/cluster.ts';
import { testCluster } from '../support/e2e/environment.ts';
import { cainNamespace } from '../support/e2e/jobs.ts';
import { createMissing } from '../support/e2e/own-objects.ts';
import { kubernetesVersion } from '../support/e2e/tools.ts';
import type { ProgramResult } from '../support/embedded/run-program.ts';

const chart = fileURLToPath(new URL('../../charts/cain', import.meta.url));
/** What ci/everything-values.yaml calls its objects. */
const everythingName = 'cassandra-backup-of-the-orders-department';
const examples = readdirSync(`${chart}/ci`);

describe('the chart, asked of a real API server', function () {
  this.timeout(120_000);
  this.slow(1);
  let cluster: TestCluster;

  before(async function () {
    cluster = await testCluster(this);
    // What the examples count on.
    await createMissing(cluster, 'namespace/monitoring');
    await createMissing(cluster, 'priorityclass/batch-low', () =>
      cluster.kubectl(['create', 'priorityclass', 'batch-low', '--value=-10']),
    );
  });

  const inNamespace = ['--namespace', cainNamespace];

  async function tryExample(example: string, ...args: readonly string[]): Promise<ProgramResult> {
    const values = ['--values', `${chart}/ci/${example}`, `--kube-version=${kubernetesVersion}`, ...args];
    const objects = await cluster.helm(['template', 'example', chart, ...inNamespace, ...values]);
    return await cluster.tryKubectl(['apply', '--dry-run=server', '--filename=-'], { input: objects });
  }

  for (const example of examples) {
    it(`takes ${example}, of which every pod is restricted`, async () => {
      const { code, stdout, stderr } = await tryExample(example, '--skip-tests');

      expect(code, stderr).to.equal(0);
      expect(stdout).to.match(/cronjob\.batch\/\S+ created \(server dry run\)/);
      // Enforced on Pods alone: of a CronJob the API server warns.
      expect(stderr).not.to.match(/would violate|unknown field/);
    });

    it(`takes the test's pod of ${example}`, async () => {
      // A dry run makes no service account, and without one there is no pod.
      const account = '--set=serviceAccount.create=false,serviceAccount.name=cain';
      const { code, stdout, stderr } = await tryExample(
        example,
        '--show-only=templates/tests/preflight.yaml',
        account,
      );

      expect(code, stderr).to.equal(0);
      expect(stdout).to.match(/pod\/\S+-test-preflight created \(server dry run\)/);
      expect(stderr).not.to.match(/would violate|unknown field/);
    });
  }

  it('is warned of pods with more rights', async () => {
    const { code, stderr } = await tryExample(
      'official-image-values.yaml',
      '--skip-tests',
      '--set=securityContext.allowPrivilegeEscalation=true',
    );

    expect(code, stderr).to.equal(0);
    expect(stderr).to.match(/would violate PodSecurity "restricted/);
  });

  it('is uninstalled without a trace, with everything enabled', async () => {
    const before = await objectsOfAllNamespaces();
    const everything = ['--values', `${chart}/ci/everything-values.yaml`];
    await cluster.helm(['install', 'trace', chart, ...inNamespace, ...everything]);
    expect(await objectsOfAllNamespaces()).to.include.members([
      `NetworkPolicy ${everythingName} in ${cainNamespace}`,
      `PrometheusRule ${everythingName} in monitoring`,
    ]);
    // Its image is not in this cluster: the test's pod waits, and helm gives up.
    const test = await cluster.helm(['test', 'trace', ...inNamespace, '--timeout=2s']).catch(String);
    const pods = await cluster.kubectl([...inNamespace, 'get', 'pods', '--output=name']);
    expect(pods, test).to.include(`pod/${everythingName}-test-preflight`);

    // As the notes say.
    await cluster.kubectl([...inNamespace, 'delete', 'pod', `${everythingName}-test-preflight`]);
    await cluster.helm(['uninstall', 'trace', ...inNamespace, '--wait']);

    const left = (await objectsOfAllNamespaces()).filter((object) => !before.includes(object));
    expect(left).to.deep.equal([]);
  });

  async function objectsOfAllNamespaces(): Promise<string[]> {
    const kinds = [
      ...['cronjobs', 'jobs', 'pods', 'serviceaccounts', 'roles', 'rolebindings', 'configmaps', 'secrets'],
      ...['networkpolicies', 'persistentvolumeclaims', 'services', 'leases', 'prometheusrules'],
    ];
    const row = '{range .items[*]}{.kind} {.metadata.name} in {.metadata.namespace}{"\\n"}{end}';
    const get = ['get', kinds.join(','), '--all-namespaces', `--output=jsonpath=${row}`];
    return (await cluster.kubectl(get)).split('\n').filter(Boolean);
  }
});
