import { expect } from 'chai';
import type { MappedNode } from '../../../../src/commands/restore/map-nodes.ts';
import type { TableFiles } from '../../../../src/commands/restore/node-files.ts';
import { planNode } from '../../../../src/commands/restore/plan-nodes.ts';

function held(bytes: number, directory: string): TableFiles {
  return {
    files: 8,
    bytes,
    sstables: 1,
    largestBytes: bytes,
    bytesByDirectory: new Map([[directory, bytes]]),
    formats: new Set(['nb big']),
  };
}

const volumes = ['/data1', '/data2'].map((directory) => ({
  directory,
  device: directory,
  freeBytes: 1000,
  totalBytes: 2000,
}));
const files = new Map([
  [
    'a',
    new Map([
      ['shop.users', held(100, '/data1')],
      ['log.events', held(7, '/data1')],
    ]),
  ],
  ['b', new Map([['shop.users', held(300, '/old')]])],
]);

function mapped(...sources: ReadonlyArray<readonly [hostId: string, ...keyspaces: string[]]>): MappedNode {
  return {
    node: { pod: { name: 'pod-0' }, dataDirectories: ['/data1', '/data2'], disks: { volumes } },
    sources: sources.map(([hostId, ...keyspaces]) => ({
      backup: { hostId, pod: `pod-${hostId}` },
      keyspaces: new Set(keyspaces),
    })),
  } as unknown as MappedNode;
}

describe('plan of a node', () => {
  it('has the files of its own source, without folders', () => {
    const plan = planNode(mapped(['a', 'shop', 'log']), files, { isSpread: false });

    expect([...plan.files.keys()]).to.deep.equal(['shop.users', 'log.events']);
    expect(plan.folders).to.equal(undefined);
    expect(plan.sources[0]?.folder).to.equal(undefined);
  });

  it('adds up several sources, of each the keyspaces that it takes, in folders of their own', () => {
    const plan = planNode(mapped(['a', 'shop'], ['b', 'shop', 'log']), files, { isSpread: true });

    const users = plan.files.get('shop.users');
    expect(users).to.include({ files: 16, bytes: 400, sstables: 2, largestBytes: 300 });
    expect([...(users?.bytesByDirectory ?? [])]).to.deep.equal([
      ['/data1', 100],
      ['/old', 300],
    ]);
    expect(plan.files.has('log.events')).to.equal(false);
    expect(plan.folders).to.deep.equal(['from-pod-a', 'from-pod-b']);
    expect(plan.sources.map(({ folder }) => folder)).to.deep.equal(plan.folders);
    expect([plan.placement('/data1'), plan.placement('/old')]).to.deep.equal(['/data1', '/data2']);
  });

  it('has nothing for a node that keeps nothing', () => {
    const plan = planNode(mapped(), files, { isSpread: true });

    expect(plan.files.size).to.equal(0);
    expect(plan.folders).to.deep.equal([]);
  });
});
