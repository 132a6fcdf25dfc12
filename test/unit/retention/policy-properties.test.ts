import { expect } from 'chai';
import fc from 'fast-check';
import { applyPolicy, type PolicyBackup, type RetentionRules } from '../../../src/retention/policy.ts';
import { coverageLevels } from '../../../src/store/manifest.ts';
import { makeTag } from '../../../src/store/tag.ts';

const rangeStart = new Date('2024-11-01T00:00:00Z');
const rangeEnd = new Date('2026-02-01T00:00:00Z');

const time = fc
  .date({ min: rangeStart, max: rangeEnd, noInvalidDate: true })
  // Mostly whole hours, so that backups share hours and days often enough to compete for slots.
  .map((date) =>
    date.getTime() % 5 === 0 ? date : new Date(Math.floor(date.getTime() / 3_600_000) * 3_600_000),
  );

const backup: fc.Arbitrary<PolicyBackup> = fc.record({
  tag: time.map(makeTag),
  coverage: fc.oneof(
    { weight: 4, arbitrary: fc.constant('whole' as const) },
    fc.constantFrom(...coverageLevels),
  ),
  isDamaged: fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, fc.constant(true)),
});

const backups = fc.uniqueArray(backup, { selector: ({ tag }) => tag, maxLength: 60, size: 'max' });

const ruleNames = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly', 'withinMs'] as const;

const rules: fc.Arbitrary<RetentionRules> = fc.record(
  {
    last: fc.nat(8),
    hourly: fc.nat(8),
    daily: fc.nat(8),
    weekly: fc.nat(8),
    monthly: fc.nat(8),
    yearly: fc.nat(4),
    withinMs: fc.nat(90).map((days) => days * 86_400_000),
  },
  { requiredKeys: [] },
);

function hasRule(given: RetentionRules): boolean {
  return ruleNames.some((name) => (given[name] ?? 0) > 0);
}

function keptTags(given: readonly PolicyBackup[], by: RetentionRules, now: Date): string[] {
  return applyPolicy(given, by, now).keep.map(({ tag }) => tag);
}

describe('applyPolicy, whatever the backups and rules', () => {
  it('puts every backup on one of the two lists, newest first', () => {
    fc.assert(
      fc.property(backups, rules, time, (given, by, now) => {
        const { keep, expire } = applyPolicy(given, by, now);

        const [kept, expired] = [keep, expire].map((list) => list.map(({ tag }) => tag)) as [
          string[],
          string[],
        ];
        expect([...kept, ...expired].sort()).to.deep.equal(given.map(({ tag }) => tag).sort());
        expect(kept).to.deep.equal([...kept].sort().reverse());
        expect(expired).to.deep.equal([...expired].sort().reverse());
        expect(keep.every(({ reasons }) => reasons.length > 0)).to.equal(true);
      }),
    );
  });

  it('never expires the newest, nor the newest whole one', () => {
    fc.assert(
      fc.property(backups, rules, time, (given, by, now) => {
        const kept = keptTags(given, by, now);

        const newestFirst = [...given].sort((one, other) => (one.tag < other.tag ? 1 : -1));
        const newestWhole = newestFirst.find(({ coverage, isDamaged }) => coverage === 'whole' && !isDamaged);
        for (const needed of [newestFirst[0], newestWhole]) if (needed) expect(kept).to.include(needed.tag);
      }),
    );
  });

  it('does not depend on the order of its input', () => {
    const shuffled = backups.chain((given) =>
      fc.tuple(fc.constant(given), fc.shuffledSubarray(given, { minLength: given.length })),
    );
    fc.assert(
      fc.property(shuffled, rules, time, ([given, otherwise], by, now) => {
        expect(applyPolicy(otherwise, by, now)).to.deep.equal(applyPolicy(given, by, now));
      }),
    );
  });

  it('expires nothing more of what it kept', () => {
    fc.assert(
      fc.property(backups, rules, time, (given, by, now) => {
        const kept = new Set(keptTags(given, by, now));

        const again = applyPolicy(
          given.filter(({ tag }) => kept.has(tag)),
          by,
          now,
        );

        expect(again.expire).to.deep.equal([]);
      }),
    );
  });

  it('keeps a superset when any rule is longer', () => {
    fc.assert(
      fc.property(backups, rules.filter(hasRule), rules, time, (given, by, more, now) => {
        const longer = Object.fromEntries(
          ruleNames.map((name) => [name, (by[name] ?? 0) + (more[name] ?? 0)]),
        );

        expect(keptTags(given, longer, now)).to.include.members(keptTags(given, by, now));
      }),
    );
  });

  it('expires nothing because it was found damaged', () => {
    fc.assert(
      fc.property(backups, rules, time, (given, by, now) => {
        const undamaged = given.map(({ tag, coverage }) => ({ tag, coverage }));

        expect(keptTags(given, by, now)).to.include.members(keptTags(undamaged, by, now));
      }),
    );
  });

  it('gives whole ones no slot less because of damaged ones', () => {
    fc.assert(
      fc.property(backups, rules, time, (given, by, now) => {
        const undamaged = given.filter(({ isDamaged }) => !isDamaged);

        expect(keptTags(given, by, now)).to.include.members(
          keptTags(undamaged, by, now).filter((tag) => tag !== keptTags(undamaged, by, now)[0]),
        );
      }),
    );
  });

  it('keeps all without a rule', () => {
    fc.assert(
      fc.property(backups, time, (given, now) => {
        expect(applyPolicy(given, {}, now).expire).to.deep.equal([]);
      }),
    );
  });

  it('never keeps less when the clock is behind, and the same when it is ahead', () => {
    fc.assert(
      fc.property(backups, rules, time, time, (given, by, one, other) => {
        const [earlier, later] = one < other ? [one, other] : [other, one];
        const farAhead = new Date('2999-01-01T00:00:00Z');

        expect(keptTags(given, by, earlier)).to.include.members(keptTags(given, by, later));
        expect(applyPolicy(given, by, farAhead)).to.deep.equal(applyPolicy(given, by, rangeEnd));
      }),
    );
  });
});
