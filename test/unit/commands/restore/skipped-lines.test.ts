import { expect } from 'chai';
import type { RestorePlan } from '../../../../src/commands/restore/restore-plan.ts';
import { skippedLines } from '../../../../src/commands/restore/skipped-lines.ts';

function plan(restored: readonly string[], more: Record<string, unknown> = {}): RestorePlan {
  const tables = ['users', 'by_name', 'hits'].map((name) => ({ name, id: '', kind: 'table' }));
  return {
    manifest: { keyspaces: [{ name: 'shop', tables }], ...more },
    groups: [{ keyspace: 'shop', tables: restored.map((name) => ({ original: `shop.${name}` })) }],
  } as unknown as RestorePlan;
}

describe('what a restore leaves out', () => {
  it('is nothing where all was asked for', () => {
    expect(skippedLines(plan(['users', 'by_name', 'hits']), false)).to.deep.equal([]);
  });

  it('is told with the reason', () => {
    expect(skippedLines(plan(['users'], { roles: {} }), false)).to.deep.equal([
      'Skipped, since they were not asked for: shop.by_name, shop.hits',
      'Skipped: roles and permissions, which the backup holds too (CAIN_RESTORE_ROLES=true).',
    ]);
    expect(skippedLines(plan(['users', 'by_name', 'hits'], { roles: {} }), true)).to.deep.equal([]);
  });

  it('is no view that was built anew', () => {
    const merged = plan(['users', 'hits']);
    const [group] = merged.groups;
    const rebuiltViews = [{ keyspace: 'shop', table: 'users', view: 'by_name', statement: '' }];

    expect(
      skippedLines({ ...merged, groups: [{ ...group, rebuiltViews }] as RestorePlan['groups'] }, false),
    ).to.deep.equal(['Built anew from their tables: shop.by_name']);
  });
});
