import { expect } from 'chai';
import type { LiveSchema } from '../../../../src/commands/restore/live-schema.ts';
import type { NodeMapping } from '../../../../src/commands/restore/map-nodes.ts';
import { checkSameTables, onlyNode } from '../../../../src/commands/restore/node-alone.ts';
import { CainError } from '../../../../src/errors.ts';
import { idColumn, tableRecord } from './records.ts';

function mapping(more: Partial<NodeMapping> = {}): NodeMapping {
  const nodes = ['pod-0', 'pod-1'].map((name) => ({
    node: { pod: { name } },
    sources: [{ backup: { pod: name }, keyspaces: new Set(['shop']) }],
  }));
  return { nodes, spread: new Set(), differences: [], ...more } as unknown as NodeMapping;
}

function liveWith(id: string): LiveSchema {
  const table = { keyspace: 'shop', name: 'users', id, kind: 'table' as const, columns: [idColumn] };
  return {
    keyspaces: new Map([['shop', { name: 'shop', replication: {}, tables: [table] }]]),
    statements: new Map(),
    droppedColumns: new Map(),
  };
}

describe('one node alone', () => {
  it('is the only one that gets files', () => {
    expect(onlyNode(mapping(), 'pod-1').nodes.map(({ node }) => node.pod.name)).to.deep.equal(['pod-1']);
  });

  for (const [what, given, pod, text] of [
    [
      'a pod that is not there',
      mapping(),
      'pod-9',
      'There is no pod pod-9 in the ring; there are pod-0, pod-1',
    ],
    [
      'another topology, in words',
      mapping({ spread: new Set(['shop']), differences: ['Node a has other tokens'] }),
      'pod-0',
      'Node a has other tokens',
    ],
    [
      'a node that the backup does not hold',
      mapping({ nodes: mapping().nodes.map((node) => ({ ...node, sources: [] })) }),
      'pod-0',
      'The backup holds nothing of pod-0',
    ],
  ] as const) {
    it(`refuses ${what}`, () => {
      expect(() => onlyNode(given, pod))
        .to.throw(CainError, text)
        .with.property('code', 'CAIN_RESTORE_MAPPING');
    });
  }

  it('takes tables that are still those of the backup', () => {
    const users = tableRecord('shop', 'users');

    expect(() => checkSameTables([users], liveWith(users.id))).not.to.throw();
  });

  it('refuses tables that are gone, or were dropped and created again', () => {
    const tables = [tableRecord('shop', 'users'), tableRecord('shop', 'orders')];

    expect(() => checkSameTables(tables, liveWith('99999999-2222-3333-4444-555555555555')))
      .to.throw(
        CainError,
        /shop\.users was dropped and created again[\s\S]*shop\.orders is not in the cluster/,
      )
      .with.property('code', 'CAIN_RESTORE_SCHEMA');
  });
});
