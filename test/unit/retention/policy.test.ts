import { expect } from 'chai';
import { CainError } from '../../../src/errors.ts';
import {
  applyPolicy,
  heldBack,
  type PolicyBackup,
  type PolicyResult,
  type RetentionRules,
} from '../../../src/retention/policy.ts';

const now = new Date('2026-11-22T12:00:00Z');

/** '1122' = that day of 2026 at 02:00; '112218' = at 18:00; '20251231' = in another year at 02:00. */
function tag(short: string): string {
  const withYear = short.length === 8 ? short : `2026${short}`;
  return withYear.padEnd(9, '0').padEnd(10, '2').padEnd(14, '0');
}

function whole(shorts: string): PolicyBackup[] {
  return shorts.split(' ').map((short) => ({ tag: tag(short), coverage: 'whole' }));
}

function keptTags(result: PolicyResult): string[] {
  return result.keep.map((backup) => backup.tag);
}

interface Example {
  readonly title: string;
  readonly backups: string;
  readonly rules: RetentionRules;
  readonly keeps: string;
}

const examples: readonly Example[] = [
  { title: 'no rule keeps all', backups: '1122 1121 0101', rules: {}, keeps: '1122 1121 0101' },
  {
    title: 'a rule of 0 is no rule',
    backups: '1122 1121 0101',
    rules: { last: 0, daily: 0, withinMs: 0 },
    keeps: '1122 1121 0101',
  },
  {
    title: 'last counts backups, whenever they were',
    backups: '1122 1121 1101 0101',
    rules: { last: 2 },
    keeps: '1122 1121',
  },
  {
    title: 'daily keeps the newest of a day',
    backups: '112206 112202 112118 112102 112002',
    rules: { daily: 2 },
    keeps: '112206 112118',
  },
  {
    title: 'daily counts days that have a backup, and a gap uses up none',
    backups: '1122 1110 1001 0901',
    rules: { daily: 3 },
    keeps: '1122 1110 1001',
  },
  {
    title: 'hourly tells the hours of two days apart',
    backups: '112202 112102 112002',
    rules: { hourly: 2 },
    keeps: '112202 112102',
  },
  {
    // 22 November 2026 is a Sunday: week 47 began on the 16th, week 46 on the 9th.
    title: 'weekly begins its weeks on Monday',
    backups: '1122 1116 1115 1109 1108',
    rules: { weekly: 2 },
    keeps: '1122 1115',
  },
  {
    // 29 December 2025 to 4 January 2026 is week 1 of 2026.
    title: 'weekly gives a week that spans New Year one slot',
    backups: '0104 20251229 20251228 20251221',
    rules: { weekly: 2 },
    keeps: '0104 20251228',
  },
  {
    title: 'monthly keeps the newest of a month',
    backups: '1122 1101 1031 1001 0930 0801',
    rules: { monthly: 3 },
    keeps: '1122 1031 0930',
  },
  {
    title: 'yearly keeps the newest of a year',
    backups: '1122 0101 20251231 20250101 20241231',
    rules: { yearly: 2 },
    keeps: '1122 20251231',
  },
  {
    title: 'the oldest stays while slots are free, as in restic',
    backups: '112210 112206 112202',
    rules: { daily: 7 },
    keeps: '112210 112202',
  },
  {
    title: 'the oldest goes once the slots are full',
    backups: '1122 1121 112018 112002',
    rules: { daily: 3 },
    keeps: '1122 1121 112018',
  },
  {
    title: 'a backup that any rule keeps stays',
    backups: '1122 1121 1120 1115 1108 1031 0930',
    rules: { daily: 2, weekly: 3, monthly: 2 },
    keeps: '1122 1121 1115 1108 1031',
  },
  {
    // The boundary is 20 November 02:00:00; restic, too, wants a backup to be later than it.
    title: 'within ends before its boundary',
    backups: '112202 112102 112003 112002 112001',
    rules: { withinMs: 2 * 86_400_000 },
    keeps: '112202 112102 112003',
  },
  {
    title: 'within counts from the newest backup, not from the clock',
    backups: '0301 0228 0227 0101',
    rules: { withinMs: 2 * 86_400_000 },
    keeps: '0301 0228',
  },
];

describe('applyPolicy', () => {
  for (const { title, backups, rules, keeps } of examples) {
    it(title, () => {
      const result = applyPolicy(whole(backups), rules, now);

      expect(keptTags(result)).to.deep.equal(keeps.split(' ').map(tag));
      const expired = backups.split(' ').filter((short) => !keeps.split(' ').includes(short));
      expect(result.expire.map((backup) => backup.tag)).to.deep.equal(expired.map(tag));
    });
  }

  it('tells every reason', () => {
    const backups = [
      ...whole('1122 112118 1121 1115 1010'),
      { tag: tag('1114'), coverage: 'quorum' as const },
      { tag: tag('1113'), coverage: 'whole' as const, isDamaged: true },
    ];

    const result = applyPolicy(backups, { last: 1, daily: 2, weekly: 5, withinMs: 43_200_000 }, now);

    expect(result.keep).to.deep.equal([
      { tag: tag('1122'), reasons: ['newest', 'last', 'daily', 'weekly', 'within'] },
      { tag: tag('112118'), reasons: ['daily', 'within'] },
      { tag: tag('1115'), reasons: ['weekly'] },
      { tag: tag('1010'), reasons: ['weekly'] },
    ]);
    expect(result.expire).to.deep.equal([
      { tag: tag('1121'), reason: 'no rule keeps it' },
      { tag: tag('1114'), reason: 'quorum coverage, and a newer whole backup exists' },
      { tag: tag('1113'), reason: 'no rule keeps it' },
    ]);
  });

  it('lets no lesser backup fill a slot, and keeps it until a newer whole one exists', () => {
    const backups: PolicyBackup[] = [
      { tag: tag('1122'), coverage: 'single' },
      { tag: tag('1121'), coverage: 'quorum' },
      { tag: tag('1120'), coverage: 'whole', isDamaged: true },
      { tag: tag('1119'), coverage: 'whole' },
      { tag: tag('1118'), coverage: 'quorum' },
      { tag: tag('1117'), coverage: 'whole' },
      { tag: tag('1116'), coverage: 'whole' },
    ];

    const result = applyPolicy(backups, { last: 2 }, now);

    expect(result.keep).to.deep.equal([
      { tag: tag('1122'), reasons: ['newest', 'no newer whole backup'] },
      { tag: tag('1121'), reasons: ['no newer whole backup'] },
      { tag: tag('1120'), reasons: ['no newer whole backup', 'last (damaged)'] },
      { tag: tag('1119'), reasons: ['newest', 'last'] },
      { tag: tag('1117'), reasons: ['last'] },
    ]);
  });

  it('keeps a damaged one beside those that a rule keeps, and takes no slot for it', () => {
    const backups: PolicyBackup[] = [
      ...whole('1122 1120 1118'),
      { tag: tag('1121'), coverage: 'whole', isDamaged: true },
      { tag: tag('1119'), coverage: 'whole', isDamaged: true },
    ];

    const result = applyPolicy(backups, { last: 2 }, now);

    expect(result.keep).to.deep.equal([
      { tag: tag('1122'), reasons: ['newest', 'last'] },
      { tag: tag('1121'), reasons: ['last (damaged)'] },
      { tag: tag('1120'), reasons: ['last'] },
    ]);
    expect(result.expire.map((expired) => expired.tag)).to.deep.equal([tag('1119'), tag('1118')]);
  });

  it('keeps all of a plan that has no whole backup', () => {
    const backups = whole('1122 1121 1120').map((backup) => ({ ...backup, coverage: 'quorum' as const }));

    expect(applyPolicy(backups, { last: 1 }, now).expire).to.deep.equal([]);
  });

  it('neither expires a backup from the future nor counts it', () => {
    const backups = [...whole('1122 1121 1120'), ...whole('20991231 20991230')];

    const result = applyPolicy(backups, { last: 2 }, now);

    expect(result.keep).to.deep.equal([
      { tag: tag('20991231'), reasons: ['newest', 'in the future'] },
      { tag: tag('20991230'), reasons: ['in the future'] },
      { tag: tag('1122'), reasons: ['newest', 'last'] },
      { tag: tag('1121'), reasons: ['last'] },
    ]);
  });

  it('lets no backup from the future supersede a lesser one', () => {
    const backups = [...whole('20991231'), { tag: tag('1122'), coverage: 'quorum' as const }];

    expect(applyPolicy(backups, { last: 1 }, now).expire).to.deep.equal([]);
  });

  it('counts a backup of this very second', () => {
    const result = applyPolicy(whole('112212 112211'), { last: 1 }, now);

    expect(keptTags(result)).to.deep.equal([tag('112212')]);
  });

  it('keeps all when there is no telling the time', () => {
    const result = applyPolicy(whole('1122 1121 1120'), { last: 1 }, new Date(Number.NaN));

    expect(result.expire).to.deep.equal([]);
  });

  it('has nothing to say of no backups', () => {
    expect(applyPolicy([], { last: 1 }, now)).to.deep.equal({ keep: [], expire: [] });
  });

  for (const rules of [{ last: -1 }, { daily: 1.5 }, { weekly: Number.NaN }, { withinMs: Infinity }]) {
    it(`refuses the rule ${Object.keys(rules)} = ${Object.values(rules)}`, () => {
      expect(() => applyPolicy([], rules, now))
        .to.throw(CainError)
        .with.property('code', 'CAIN_SETTINGS');
    });
  }

  it('refuses a tag that names no time', () => {
    expect(() => applyPolicy([{ tag: '20261301000000', coverage: 'whole' }], { last: 1 }, now))
      .to.throw(CainError)
      .with.property('code', 'CAIN_FORMAT');
  });
});

describe('heldBack', () => {
  function resultOf(kept: number, expired: number): PolicyResult {
    const tags = Array.from({ length: kept + expired }, (_, index) => String(index));
    return {
      keep: tags.slice(0, kept).map((tag) => ({ tag, reasons: ['last'] })),
      expire: tags.slice(kept).map((tag) => ({ tag, reason: 'no rule keeps it' })),
    };
  }

  it('lets up to half of the backups go', () => {
    expect(heldBack(resultOf(1, 1))).to.equal(undefined);
    expect(heldBack(resultOf(5, 5))).to.equal(undefined);
    expect(heldBack(resultOf(0, 0))).to.equal(undefined);
  });

  it('holds back more than half', () => {
    expect(heldBack(resultOf(4, 5))).to.deep.equal({ expiring: 5, total: 9 });
    expect(heldBack(resultOf(1, 2))).to.deep.equal({ expiring: 2, total: 3 });
  });

  it('takes the exact count as confirmation and no other', () => {
    expect(heldBack(resultOf(4, 5), 5)).to.equal(undefined);
    expect(heldBack(resultOf(4, 5), 4)).to.deep.equal({ expiring: 5, total: 9 });
    expect(heldBack(resultOf(4, 5), 6)).to.deep.equal({ expiring: 5, total: 9 });
  });
});
