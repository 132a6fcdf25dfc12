import { expect } from 'chai';
import { keyspacesToSave, settingsOfBackup } from '../../../../src/commands/restore/backup-first.ts';
import type { Settings } from '../../../../src/settings/table.ts';

describe('backup before a restore', () => {
  it('takes the keyspaces of which something goes, each once', () => {
    const filled = new Set(['shop.users', 'Log.lines', 'shop.orders']);

    expect(keyspacesToSave({ filled, truncated: new Set() })).to.deep.equal(['Log', 'shop']);
    expect(keyspacesToSave({ filled: new Set(), truncated: new Set() })).to.deep.equal([]);
  });

  it('is not taken once the restore has truncated something: it would save a half', () => {
    const filled = new Set(['shop.users']);

    expect(keyspacesToSave({ filled, truncated: new Set(['shop.orders']) })).to.deep.equal([]);
  });

  it('lets nothing expire, is no backup of the plan that restores read, and pushes no metrics', () => {
    const settings = {
      plan: 'nightly',
      keepLast: 1,
      keepWithinMs: 5,
      pushgatewayUrl: 'http://x',
      parallel: 3,
    };

    const made = settingsOfBackup(settings as unknown as Settings, ['shop']);

    expect(made).to.include({ plan: 'before-restore', parallel: 3 });
    expect(made.keyspaces).to.deep.equal(['shop']);
    for (const [name, value] of Object.entries(made)) {
      if (name.startsWith('keep') || name === 'pushgatewayUrl') expect(value, name).to.equal(undefined);
    }
  });
});
