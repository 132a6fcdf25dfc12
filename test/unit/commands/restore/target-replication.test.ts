import { expect } from 'chai';
import { targetReplications } from '../../../../src/commands/restore/target-replication.ts';
import { CainError } from '../../../../src/errors.ts';
import type { Manifest } from '../../../../src/store/manifest.ts';
import { ringNode } from '../../../support/rings.ts';
import { keyspaceRecord } from './records.ts';

const was = { class: 'org.apache.cassandra.locator.NetworkTopologyStrategy', east: '3' };
const manifest = {
  keyspaces: [{ name: 'shop', sum: '', replication: was, tables: [] }],
} as unknown as Manifest;
const copy = { ...keyspaceRecord('copy'), original: 'shop' };
const ring = ['a', 'b'].map((name, index) => ringNode(name, 'west/r1', [index]));
const none = { existing: new Map(), ring };

describe('replication of keyspaces that are restored', () => {
  it('stays as it is where the keyspace exists, whatever is wanted', () => {
    const replication = { class: 'SimpleStrategy', replication_factor: '9' };
    const existing = new Map([['copy', { replication }]]);

    const { all, changed } = targetReplications([copy], manifest, { existing, ring }, { west: 1 });

    expect(all.get('copy')).to.equal(replication);
    expect(changed.size).to.equal(0);
  });

  it('is what is wanted where the keyspace is made', () => {
    const { all, changed } = targetReplications([copy], manifest, none, { west: 2 });

    expect(all.get('copy')).to.deep.equal({ class: 'NetworkTopologyStrategy', west: '2' });
    expect(changed.get('copy')).to.equal(all.get('copy'));
  });

  it('is as it was where the cluster can carry it', () => {
    const three = ['a', 'b', 'c'].map((name, index) => ringNode(name, 'east/r1', [index]));

    const { all, changed } = targetReplications(
      [copy],
      manifest,
      { existing: new Map(), ring: three },
      undefined,
    );

    expect(all.get('copy')).to.equal(was);
    expect(changed.size).to.equal(0);
  });

  for (const [wanted, text] of [
    [undefined, 'copy: no data centre east'],
    [{ west: 3 }, 'copy: 3 copies in data centre west, which has 2 nodes'],
  ] as const) {
    it(`is refused where the cluster can not: ${text}`, () => {
      const decide = () => targetReplications([copy], manifest, none, wanted);

      expect(decide).to.throw(CainError, text).with.property('code', 'CAIN_RESTORE_REPLICATION');
      expect(decide)
        .to.throw(CainError)
        .with.property('hint')
        .that.contains('CAIN_RESTORE_REPLICATION=west=2');
    });
  }
});
