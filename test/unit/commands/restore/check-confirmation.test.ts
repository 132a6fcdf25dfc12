import { expect } from 'chai';
import { checkConfirmation } from '../../../../src/commands/restore/check-confirmation.ts';
import { CainError } from '../../../../src/errors.ts';

const [clusterName, tag] = ['Test Cluster', '20260101000000'];
const filled = new Set(['shop.users']);

describe('confirmation of a restore', () => {
  it('is not needed where nothing is lost', () => {
    expect(() => checkConfirmation(new Set(), { given: undefined, clusterName, tag })).not.to.throw();
  });

  it('names cluster and tag', () => {
    expect(() =>
      checkConfirmation(filled, { given: `${clusterName}/${tag}`, clusterName, tag }),
    ).not.to.throw();
  });

  for (const given of [undefined, `Other/${tag}`, `${clusterName}/20250101000000`]) {
    it(`is refused as ${given}`, () => {
      expect(() => checkConfirmation(filled, { given, clusterName, tag }))
        .to.throw(CainError, 'shop.users')
        .with.property('code', 'CAIN_RESTORE_UNCONFIRMED');
    });
  }
});
