import { expect } from 'chai';
import {
  checkpointKey,
  checkpointPrefix,
  clusterPrefix,
  damagedKey,
  dataKey,
  dataPrefix,
  differentialMarkKey,
  expiredKey,
  inventoryKey,
  manifestKey,
  parseDataKey,
  rolesKey,
  runKey,
  schemaKey,
  schemaTextKey,
  topologyKey,
} from '../../../src/store/layout.ts';

const parts = {
  keyspace: 'shop',
  sum: '8f8436',
  tag: '20260101000000',
  pod: 'pod-1',
  table: 'users',
  file: 'nb-1-big-SAI+aa+idx+TermsData.db',
};
const { tag } = parts;

describe('The layout of the bucket', () => {
  it('is what docs/format.md promises, to the letter', () => {
    expect(clusterPrefix('cassandra', 'Test Cluster')).to.equal('cassandra/Test Cluster/');
    expect(schemaTextKey('shop', '8f8436')).to.equal('shop/8f8436/schema.cql');
    expect(dataKey(parts)).to.equal(
      'shop/8f8436/20260101000000/pod-1/users/nb-1-big-SAI+aa+idx+TermsData.db',
    );
    expect(differentialMarkKey(parts)).to.equal('shop/8f8436/20260101000000/differential.json');
    expect(
      [manifestKey, topologyKey, schemaKey, rolesKey].map((key) => key(tag).replace('.cain/backups/', '')),
    ).to.deep.equal([
      '20260101000000/manifest.json',
      '20260101000000/topology.json.gz',
      '20260101000000/schema.jsonl.gz',
      '20260101000000/roles.jsonl.gz',
    ]);
    expect(inventoryKey(tag, 'pod-1')).to.equal('.cain/backups/20260101000000/nodes/pod-1.jsonl.gz');
    expect(runKey(tag)).to.equal('.cain/runs/20260101000000.json');
    expect(checkpointKey(tag, 'pod-1', 3)).to.equal('.cain/runs/20260101000000/pod-1/3.jsonl.gz');
    expect(expiredKey(tag)).to.equal('.cain/expired/20260101000000.json');
    expect(damagedKey(tag)).to.equal('.cain/damaged/20260101000000.json');
  });

  it('gives every record a key of its own, whatever a pod is called', () => {
    const names = [
      'schema',
      'roles',
      'topology',
      'topology.json',
      'manifest',
      'manifest.json',
      'nodes',
      'pod-0',
    ];
    const keys = [
      manifestKey(tag),
      topologyKey(tag),
      schemaKey(tag),
      rolesKey(tag),
      ...names.map((pod) => inventoryKey(tag, pod)),
    ];

    expect(new Set(keys).size).to.equal(keys.length);
    // Servers that keep objects as files can't have both.
    for (const key of keys) expect(keys.some((other) => other.startsWith(`${key}/`))).to.equal(false);
  });

  it('lists nothing of pod-10 with pod-1', () => {
    expect(dataKey({ ...parts, pod: 'pod-10' }).startsWith(dataPrefix(parts))).to.equal(false);
    expect(checkpointKey(tag, 'pod-10', 1).startsWith(checkpointPrefix(tag, 'pod-1'))).to.equal(false);
  });

  it('takes a data key apart, and nothing else', () => {
    expect(parseDataKey(dataKey(parts))).to.deep.equal(parts);
    for (const key of [
      schemaTextKey('shop', '8f8436'),
      differentialMarkKey(parts),
      manifestKey(tag),
      checkpointKey(tag, 'pod-1', 1),
      `${dataKey(parts)}/more`,
      dataKey({ ...parts, table: '' }),
    ]) {
      expect(parseDataKey(key), key).to.equal(undefined);
    }
  });
});
