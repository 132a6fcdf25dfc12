import { expect } from 'chai';
import type { CommandContext } from '../../../../src/commands/context.ts';
import { checkPrefix } from '../../../../src/commands/preflight/check-prefix.ts';
import { throwFindings } from '../../../../src/commands/preflight/finding.ts';
import { claimOwner } from '../../../../src/retention/owner.ts';
import { manifestKey } from '../../../../src/store/layout.ts';
import { surveyOf } from '../../../support/backup-run.ts';
import { rejection } from '../../../support/error-code.ts';
import { openMemoryStore } from '../../../support/memory-store.ts';

const { signal } = new AbortController();
const now = new Date('2026-01-01T02:00:00Z');
const minute = 60_000;

describe('checkPrefix', () => {
  function check({ skewMs = 0, tag = '', ring = 'host-of-pod-0', adopt = '' } = {}) {
    const store = openMemoryStore({ now: () => new Date(now.getTime() - skewMs) });
    const context = { settings: { adopt: adopt || undefined }, now: () => now, signal };
    return {
      store,
      async findings() {
        await claimOwner(store, { hostIds: [ring], signal, newId: () => 'owner-id' });
        if (tag) await store.put(manifestKey(tag), Buffer.from('{}'));
        return await checkPrefix(
          context as unknown as CommandContext,
          store,
          surveyOf({ 'pod-0': ['/data'] }),
        );
      },
    };
  }
  const whats = async (given: Parameters<typeof check>[0]) =>
    (await check(given).findings()).map(({ what }) => what).join('\n');

  it('finds nothing in a prefix of our own, and in one that nobody has claimed', async () => {
    expect(await check().findings()).to.deep.equal([]);
    expect(
      await checkPrefix(
        { settings: {}, now: () => new Date(), signal } as unknown as CommandContext,
        openMemoryStore(),
        surveyOf({ 'pod-0': ['/data'] }),
      ),
    ).to.deep.equal([]);
  });

  it('finds a prefix of another ring, unless CAIN_ADOPT names it', async () => {
    const findings = await check({ ring: 'stranger' }).findings();

    const error = await rejection(
      Promise.resolve().then(() => throwFindings(findings)),
      'CAIN_FOREIGN_PREFIX',
    );
    expect(error.hint).to.contain('CAIN_ADOPT=owner-id');
    expect(await check({ ring: 'stranger', adopt: 'owner-id' }).findings()).to.deep.equal([]);
  });

  it("finds a clock that is more than five minutes off the store's", async () => {
    expect(await whats({ skewMs: 6 * minute })).to.contain("360 s ahead of the store's");
    expect(await whats({ skewMs: -6 * minute })).to.contain("360 s behind the store's");
    expect(await whats({ skewMs: 4 * minute })).to.equal('');
  });

  it('finds a backup of the future, but none that is past soon', async () => {
    expect(await whats({ tag: '20260101030000' })).to.contain('tag 20260101030000 exists already');
    expect(await whats({ tag: '20260101020400' })).to.equal('');
  });
});

describe('throwFindings', () => {
  it('tells several faults in one error, whatever codes they have', async () => {
    const foreign = new Error('never');
    const findings = [
      { what: 'The pods belong to 2 clusters.', hint: 'Narrow it.' },
      { what: 'It is foreign', hint: 'Adopt it.', error: foreign as never },
    ];

    const error = await rejection(
      Promise.resolve().then(() => throwFindings(findings)),
      'CAIN_PREFLIGHT',
    );

    expect(error.message).to.equal(
      'Preflight found 2 faults:\n  - The pods belong to 2 clusters. Narrow it.\n  - It is foreign. Adopt it.',
    );
  });
});
