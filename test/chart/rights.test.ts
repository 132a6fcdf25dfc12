import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { KubernetesObject } from '../support/chart/kubernetes-object.ts';
import { needHelm, renderChart, valuesOf } from '../support/chart/render-chart.ts';

const source = fileURLToPath(new URL('../../src', import.meta.url));

const verbs: Readonly<Record<string, string>> = {
  read: 'get',
  list: 'list',
  create: 'create',
  replace: 'update',
  patch: 'patch',
  delete: 'delete',
};
const resources: Readonly<Record<string, string>> = { Pod: 'pods', Lease: 'leases' };

/** What the program asks of the API server, read from the calls of the client library; exec goes its own way. */
function rightsOfTheSource(): string[] {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  const calls = files.flatMap((file) => [
    ...readFileSync(join(source, file), 'utf8').matchAll(/\.([a-z]+)(?:Collection)?Namespaced(\w+)\(/g),
  ]);
  const rights = calls.map(([, verb = '', kind = '']) => `${verbs[verb] ?? verb} ${resources[kind] ?? kind}`);
  return [...new Set([...rights, 'get pods/exec', 'create pods/exec'])].sort();
}

const roleOf = (objects: readonly KubernetesObject[]) => objects.find(({ kind }) => kind === 'Role');

describe('the rights that the chart gives', function () {
  this.timeout(60_000);
  before(needHelm);

  it('are those that the program uses, and no more', () => {
    const rules = roleOf(renderChart([]))?.rules ?? [];
    const given = rules.flatMap((rule) =>
      rule.resources.flatMap((resource) => rule.verbs.map((verb) => `${verb} ${resource}`)),
    );

    expect(given.sort()).to.deep.equal(rightsOfTheSource());
  });

  it('are narrowed to the pods that are named', () => {
    const exec = (args: readonly string[]) =>
      roleOf(renderChart(args))?.rules?.find((rule) => rule.resources.includes('pods/exec'));

    expect(exec(valuesOf('official-image-values.yaml'))?.resourceNames).to.deep.equal([
      'cassandra-0',
      'cassandra-1',
      'cassandra-2',
    ]);
    expect(exec([])).to.not.have.property('resourceNames');
  });

  it("lie in Cassandra's namespace, for a service account of the release's", () => {
    const objects = renderChart(valuesOf('other-namespace-values.yaml'));
    const binding = objects.find(({ kind }) => kind === 'RoleBinding') as KubernetesObject & {
      readonly subjects: unknown;
      readonly roleRef: { readonly name: string };
    };
    const role = roleOf(objects);
    const account = objects.find(({ kind }) => kind === 'ServiceAccount');

    expect([role?.metadata.namespace, binding.metadata.namespace]).to.deep.equal(['databases', 'databases']);
    expect(binding.roleRef.name).to.equal(role?.metadata.name);
    expect(role?.metadata.name).to.equal('nightly-cain-backups');
    expect(binding.subjects).to.deep.equal([
      { kind: 'ServiceAccount', name: account?.metadata.name, namespace: 'backups' },
    ]);
  });

  it('come with an account that takes annotations and hands out no token by itself', () => {
    const account = renderChart(valuesOf('other-namespace-values.yaml')).find(
      ({ kind }) => kind === 'ServiceAccount',
    );

    expect(account?.metadata.annotations).to.have.property('eks.amazonaws.com/role-arn');
    expect(account).to.have.property('automountServiceAccountToken', false);
  });

  it('can be left to others', () => {
    const objects = renderChart([
      '--set',
      'rbac.create=false,serviceAccount.create=false,serviceAccount.name=mine',
    ]);

    expect(
      objects.filter(({ kind }) => ['Role', 'RoleBinding', 'ServiceAccount'].includes(kind)),
    ).to.deep.equal([]);
  });
});
