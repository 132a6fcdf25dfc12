import { expect } from 'chai';
import { checkStaleness } from '../../../../src/commands/restore/check-staleness.ts';
import { CainError } from '../../../../src/errors.ts';

const tag = '20260101000000';
const day = 86_400_000;
const later = (ms: number): Date => new Date(Date.UTC(2026, 0, 1) + ms);
const table = (name: string, options = '') => ({
  name,
  creation: `CREATE TABLE ${name} (id int PRIMARY KEY)${options}`,
});
const users = table('shop.users');
const hourly = table('shop.log', " WITH comment = 'x' AND gc_grace_seconds = 3600");

describe('age of a backup whose rows come beside newer ones', () => {
  it('is fine up to gc_grace_seconds, the default of which is ten days', () => {
    checkStaleness([users], { tag, now: later(9 * day), named: undefined });
    checkStaleness([hourly], { tag, now: later(3_599_000), named: undefined });
  });

  it('is refused beyond, with the tables and how to say that it is meant', () => {
    const check = (): void => checkStaleness([users, hourly], { tag, now: later(day), named: undefined });

    expect(check)
      .to.throw(CainError, 'gc_grace_seconds of shop.log (3600 s)')
      .with.property('code', 'CAIN_RESTORE_STALE');
    expect(check).to.throw().with.property('hint').that.contains(`CAIN_RESTORE_STALE=${tag}`);
  });

  it('is allowed where just this backup is named', () => {
    const now = later(30 * day);

    checkStaleness([users], { tag, now, named: tag });
    expect(() => checkStaleness([users], { tag, now, named: '20251231000000' })).to.throw(CainError);
  });
});
