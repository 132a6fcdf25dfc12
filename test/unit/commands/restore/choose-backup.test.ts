import { expect } from 'chai';
import {
  checkIsReadable,
  checkNotDamaged,
  chooseBackup,
  passedOver,
} from '../../../../src/commands/restore/choose-backup.ts';
import { CainError } from '../../../../src/errors.ts';
import type { Catalog } from '../../../../src/store/catalog.ts';
import { inventoryKey, manifestKey, rolesKey } from '../../../../src/store/layout.ts';
import type { CoverageLevel, Manifest } from '../../../../src/store/manifest.ts';

function backup(tag: string, plan = 'default', coverage: CoverageLevel = 'whole'): Manifest {
  return { tag, plan, coverage } as Manifest;
}

function catalogOf(backups: readonly Manifest[], damaged: Record<string, readonly string[]> = {}): Catalog {
  const records = Object.entries(damaged).map(
    ([tag, objects]) => [tag, { format: 1 as const, objects }] as const,
  );
  return { backups, damaged: new Map(records), unreadable: [] } as unknown as Catalog;
}

function unreadableAt(tag: string): Catalog['unreadable'][number] {
  return {
    key: manifestKey(tag),
    tag,
    error: new CainError('CAIN_FORMAT', `Can't read ${manifestKey(tag)}`),
  };
}

const location = 's3://bucket/cain/default/Test Cluster/';
const [first, second, third] = ['20260101000000', '20260102000000', '20260103000000'] as const;

describe('choice of a backup', () => {
  it('takes the newest whole backup of the plan as the latest', () => {
    const catalog = catalogOf([backup(first), backup(second, 'hourly'), backup(third, 'default', 'quorum')]);
    const wanted = { tag: 'latest', plan: 'default', location };

    const chosen = chooseBackup(catalog, wanted);

    expect(chosen.tag).to.equal(first);
    expect(passedOver(catalog, chosen, wanted)).to.deep.equal([third]);
  });

  it('passes over a damaged one', () => {
    const catalog = catalogOf([backup(first), backup(second)], { [second]: ['shop/abcdef/x'] });

    expect(chooseBackup(catalog, { tag: 'latest', plan: 'default', location }).tag).to.equal(first);
  });

  it('takes a tag of any plan', () => {
    const catalog = catalogOf([backup(first), backup(second, 'hourly')]);

    expect(chooseBackup(catalog, { tag: second, plan: 'default', location }).plan).to.equal('hourly');
  });

  it('says what there is when there is none that fits', () => {
    const catalog = catalogOf([backup(first, 'hourly'), backup(second, 'default', 'single')]);

    expect(() => chooseBackup(catalog, { tag: 'latest', plan: 'default', location }))
      .to.throw(CainError, `in ${location}; there is: ${first} (plan hourly), ${second} (single)`)
      .with.property('code', 'CAIN_NO_BACKUP');
    expect(() => chooseBackup(catalogOf([]), { tag: first, plan: 'default', location })).to.throw('nothing');
  });

  it('takes a backup that is less than whole where it is named', () => {
    const catalog = catalogOf([backup(first, 'default', 'quorum')]);

    expect(chooseBackup(catalog, { tag: first, plan: 'default', location }).tag).to.equal(first);
  });

  it('refuses damage in the chosen tables alone', () => {
    const key = `shop/abcdef/${first}/pod-0/users/nb-1-big-Data.db`;
    const catalog = catalogOf([backup(first)], { [first]: [key] });

    expect(() => checkNotDamaged(catalog, backup(first), new Set(['shop.users']))).to.throw(CainError, key);
    expect(() => checkNotDamaged(catalog, backup(first), new Set(['shop.hits']))).not.to.throw();
  });

  it('takes damaged roles for no damage to tables, and damaged inventories for damage to all', () => {
    const restoring = (key: string) => () =>
      checkNotDamaged(catalogOf([backup(first)], { [first]: [key] }), backup(first), new Set(['shop.hits']));

    expect(restoring(rolesKey(first))).not.to.throw();
    expect(restoring(inventoryKey(first, 'pod-0'))).to.throw(CainError, 'pod-0');
  });

  it('refuses a backup of whose damage only a part is recorded', () => {
    const damaged = new Map([[first, { format: 1 as const, objects: [], isPartial: true as const }]]);
    const catalog = { ...catalogOf([backup(first)]), damaged };

    expect(() => checkNotDamaged(catalog, backup(first), new Set(['shop.hits']))).to.throw(CainError, first);
  });

  it('refuses a record that can not be read only where it may concern the backup that is meant', () => {
    const catalog = { ...catalogOf([backup(first), backup(third)]), unreadable: [unreadableAt(second)] };
    const asking = (tag: string) => () => checkIsReadable(catalog, { tag, plan: 'default', location });

    expect(asking(second)).to.throw(CainError, manifestKey(second));
    expect(asking(first)).not.to.throw();
    expect(asking('latest'), 'an older one').not.to.throw();
  });

  it('does not pass over a newer backup without a word because its manifest can not be read', () => {
    const catalog = { ...catalogOf([backup(first)]), unreadable: [unreadableAt(second)] };
    const wanted = { tag: 'latest', plan: 'default', location };

    expect(() => checkIsReadable(catalog, wanted))
      .to.throw(CainError, manifestKey(second))
      .with.property('hint')
      .that.contains(first);
  });
});
