import { expect } from 'chai';
import {
  isLockable,
  isLockedEnough,
  leastLock,
  newLock,
  type ObjectLock,
  withModeOf,
} from '../../../src/store/object-lock.ts';

const day = 24 * 3_600_000;
const start = new Date('2026-11-01T02:00:00.001Z');
const month = { mode: 'COMPLIANCE', forMs: 30 * day, longestRunMs: day } as const;
const lock = (mode: ObjectLock['mode'], until: string): ObjectLock => ({ mode, until });

describe('The lock of an object', () => {
  it('lasts as long as was asked for after the longest run, and a new one a quarter longer', () => {
    expect(leastLock(month, start)).to.deep.equal(lock('COMPLIANCE', '2026-12-02T02:00:01Z'));
    expect(newLock(month, start)).to.deep.equal(lock('COMPLIANCE', '2026-12-09T14:00:01Z'));
  });

  it('is a day longer at least, so that nightly runs do not lock all anew', () => {
    expect(newLock({ mode: 'GOVERNANCE', forMs: day, longestRunMs: day }, start).until).to.equal(
      '2026-11-04T02:00:01Z',
    );
  });

  it('is enough when it ends no earlier and is no weaker', () => {
    const least = lock('GOVERNANCE', '2026-12-02T02:00:01Z');

    expect(isLockedEnough(undefined, least)).to.equal(false);
    expect(isLockedEnough(lock('GOVERNANCE', '2026-12-02T02:00:00Z'), least)).to.equal(false);
    expect(isLockedEnough(least, least)).to.equal(true);
    expect(isLockedEnough(lock('COMPLIANCE', '2027-01-01T00:00:00Z'), least)).to.equal(true);
    expect(isLockedEnough(least, { ...least, mode: 'COMPLIANCE' })).to.equal(false);
  });

  it('is never weakened', () => {
    const until = '2026-12-02T02:00:01Z';
    const modeOf = (has: ObjectLock | undefined, wanted: ObjectLock['mode']) =>
      withModeOf(has, lock(wanted, until));

    expect(modeOf(lock('COMPLIANCE', ''), 'GOVERNANCE')).to.deep.equal(lock('COMPLIANCE', until));
    expect(modeOf(lock('GOVERNANCE', ''), 'GOVERNANCE')).to.deep.equal(lock('GOVERNANCE', until));
    expect(modeOf(undefined, 'COMPLIANCE')).to.deep.equal(lock('COMPLIANCE', until));
  });

  it('is for what backups consist of, and not for what comes and goes', () => {
    const cluster = 'cassandra/ns/Main Cluster/';
    for (const key of [
      'shop/abcdef/20261122010203/pod-1/users/nb-1-big-Data.db',
      'shop/abcdef/20261122010203/pod-1/users/schema.cql',
      '.cain/backups/20261122010203/manifest.json',
      '.cain/backups/20261122010203/nodes/pod-1.jsonl.gz',
    ])
      expect(isLockable(cluster + key), key).to.equal(true);
    for (const key of [
      'shop/abcdef/schema.cql',
      'shop/abcdef/20261122010203/differential.json',
      '.cain/owner.json',
      '.cain/runs/20261122010203.json',
      '.cain/runs/20261122010203/pod-1/1.jsonl.gz',
      '.cain/expired/20261122010203.json',
      '.cain/damaged/20261122010203.json',
      '.cain/probe/conditional',
    ])
      expect(isLockable(cluster + key), key).to.equal(false);
  });
});
