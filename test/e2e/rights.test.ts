import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { TestCluster } from '../support/e2e/cluster.ts';
import { databases, testCluster } from '../support/e2e/environment.ts';
import { cainNamespace, jobEnd, startJob } from '../support/e2e/jobs.ts';

const account = `system:serviceaccount:${cainNamespace}:cain`;
const podNames = ['cassandra-0', 'cassandra-1', 'cassandra-2'];

/** What the chart's Role gives; `isUsed` on a Kubernetes before 1.35. */
const granted = [
  { right: 'list pods', isUsed: true },
  { right: 'get pods/exec', isUsed: true },
  // The same exec, as Kubernetes 1.35 and later ask for it.
  { right: 'create pods/exec', isUsed: false },
  { right: 'get leases', isUsed: true },
  { right: 'create leases', isUsed: true },
  { right: 'update leases', isUsed: true },
];

const refused = [
  ['get', 'secrets'],
  ['list', 'configmaps'],
  ['create', 'pods'],
  ['delete', 'pods'],
  ['watch', 'pods'],
  ['create', 'pods/eviction'],
  ['get', 'pods/log'],
  ['delete', 'leases'],
  ['patch', 'statefulsets'],
  ['get', 'pods/exec', 'other-pod'],
] as const;

describe('the rights of Cain', function () {
  this.timeout(300_000);
  this.slow(1);
  let cluster: TestCluster;

  before(async function () {
    cluster = await testCluster(this);
  });

  async function may(verb: string, resource: string, namespace: string, name?: string): Promise<boolean> {
    const [kind = '', subresource] = resource.split('/');
    const what = [name ? `${kind}/${name}` : kind, ...(subresource ? [`--subresource=${subresource}`] : [])];
    const as = ['--as', account, '--namespace', namespace];
    const { stdout, stderr } = await cluster.tryKubectl(['auth', 'can-i', verb, ...what, ...as]);
    const answer = /^(yes|no)\b/.exec(stdout)?.[1];
    // A question that failed, or that is about nothing, is no refusal.
    if (!answer || /have a resource type/.test(stderr)) {
      throw new Error(`No answer to whether ${account} may ${verb} ${resource}: ${stdout}${stderr}`);
    }
    return answer === 'yes';
  }

  it('are those of its Role, and a backup uses them all', async function () {
    const { local } = cluster;
    if (!local) return this.skip();
    const auditFile = join(local.dir, 'logs/audit.log');
    // An API server that has just been started refuses what it has read no role for yet: no other run's requests are looked at.
    const before = (await readFile(auditFile, 'utf8')).length;
    // So that it is made, too.
    await cluster.kubectl(['--namespace', databases, 'delete', 'leases', '--all']);
    await startJob(cluster, 'rights', 'cain-backup-default');
    const { succeeded, log } = await jobEnd(cluster, 'rights');
    expect(succeeded, log).to.equal(true);
    const asked = askedFor((await readFile(auditFile, 'utf8')).slice(before));

    console.log('      right              granted  used');
    for (const { right } of granted) {
      const [verb = '', resource = ''] = right.split(' ');
      const name = resource === 'pods/exec' ? 'cassandra-0' : undefined;
      const isGranted = await may(verb, resource, databases, name);
      console.log(
        `      ${right.padEnd(20)} ${isGranted ? 'yes' : 'no '}     ${asked.allowed.has(right) ? 'yes' : 'no'}`,
      );
      expect(isGranted, right).to.equal(true);
    }
    expect([...asked.allowed].sort()).to.deep.equal(
      granted
        .filter(({ isUsed }) => isUsed)
        .map(({ right }) => right)
        .sort(),
    );
    expect(asked.refused, 'requests that were refused').to.deep.equal([]);
  });

  it('go no further', async () => {
    console.log('      right                    where      granted');
    for (const [verb, resource, name] of refused) {
      const isGranted = await may(verb, resource, databases, name);
      console.log(
        `      ${`${verb} ${resource} ${name ?? ''}`.padEnd(25)}${databases}  ${isGranted ? 'yes' : 'no'}`,
      );
      expect(isGranted, `${verb} ${resource}`).to.equal(false);
    }
    for (const { right } of granted) {
      const [verb = '', resource = ''] = right.split(' ');
      for (const namespace of [cainNamespace, 'services', 'kube-system']) {
        const name = resource === 'pods/exec' ? podNames[0] : undefined;
        expect(await may(verb, resource, namespace, name), `${right} in ${namespace}`).to.equal(false);
      }
    }
  });
});

interface AuditEvent {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly objectRef?: {
    readonly resource: string;
    readonly subresource?: string;
    readonly apiGroup?: string;
  };
  readonly responseStatus?: { readonly code?: number };
}

/** The rights that the account used, and the requests that were refused; questions about its own rights are everybody's. */
function askedFor(auditLog: string): { readonly allowed: ReadonlySet<string>; readonly refused: string[] } {
  const allowed = new Set<string>();
  const refusals: string[] = [];
  for (const line of auditLog.split('\n').filter(Boolean)) {
    const { verb, user, objectRef, responseStatus } = JSON.parse(line) as AuditEvent;
    if (user.username !== account || !objectRef || objectRef.apiGroup === 'authorization.k8s.io') continue;
    const right = [verb, [objectRef.resource, objectRef.subresource].filter(Boolean).join('/')].join(' ');
    if (responseStatus?.code === 403) refusals.push(right);
    else allowed.add(right);
  }
  return { allowed, refused: refusals };
}
