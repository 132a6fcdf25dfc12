import { expect } from 'chai';
import type { TestCluster } from '../../../support/e2e/cluster.ts';
import { createMissing, removeObjects } from '../../../support/e2e/own-objects.ts';

/** As much of a cluster as is asked here: its objects, by kind and name. */
function clusterOf(objects: string[]): TestCluster {
  const kubectl = async ([verb, ...rest]: readonly string[]): Promise<string> => {
    if (verb === 'get') return objects.includes(rest[0] ?? '') ? (rest[0] ?? '') : '';
    if (verb === 'create') objects.push(rest.join('/'));
    if (verb === 'delete') objects.splice(objects.indexOf(rest[0] ?? ''), 1);
    return '';
  };
  return { kubectl } as TestCluster;
}

describe("the suites' objects in a cluster of somebody's", () => {
  it('are made where they are missing, and alone removed again', async () => {
    const objects = ['namespace/monitoring', 'namespace/services'];
    const cluster = clusterOf(objects);

    for (const name of ['databases', 'monitoring', 'backup'])
      await createMissing(cluster, `namespace/${name}`);
    expect(objects).to.deep.equal([
      'namespace/monitoring',
      'namespace/services',
      'namespace/databases',
      'namespace/backup',
    ]);

    await removeObjects(cluster);
    expect(objects).to.deep.equal(['namespace/monitoring', 'namespace/services']);
  });
});
