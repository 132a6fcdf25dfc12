import { expect } from 'chai';
import { checkConfirmation } from '../../../../src/commands/restore/check-confirmation.ts';
import { CainError } from '../../../../src/errors.ts';

const [clusterName, tag] = ['Test Cluster', '20260101000000'];
const filled = new Set(['shop.users']);

describe('confirmation of a restore', () => {
  it('is not needed where nothing is lost', () => {
    expect(() =>
      checkConfirmation(new Set(), { given: undefined, clusterName, tag, isMerge: false }),
    ).not.to.throw();
  });

  it('says what a merge does', () => {
    const check = (): void =>
      checkConfirmation(filled, { given: undefined, clusterName, tag, isMerge: true });

    expect(check).to.throw('would be merged with the backup: shop.users');
  });

  it('names cluster and tag', () => {
    expect(() =>
      checkConfirmation(filled, { given: `${clusterName}/${tag}`, clusterName, tag, isMerge: false }),
    ).not.to.throw();
  });

  for (const given of [undefined, `Other/${tag}`, `${clusterName}/20250101000000`]) {
    it(`is refused as ${given}`, () => {
      expect(() => checkConfirmation(filled, { given, clusterName, tag, isMerge: false }))
        .to.throw(CainError, 'shop.users')
        .with.property('code', 'CAIN_RESTORE_UNCONFIRMED');
    });
  }
});
