import { expect } from 'chai';
import { unreadableError } from '../../../../src/commands/list/unreadable-error.ts';

const refused = { tag: '20260102020000', reason: 'AccessDenied', isRefused: true };
const damaged = { tag: '20260103020000', reason: 'it is not JSON', isRefused: false };

describe('unreadableError', () => {
  it('is none where all manifests were read', () => {
    expect(unreadableError([])).to.equal(undefined);
  });

  it('asks for the right where the store refuses, and calls nothing damaged', () => {
    const error = unreadableError([refused]);

    expect(error).to.include({ code: 'CAIN_STORE_ACCESS' });
    expect(error?.message).to.contain('1 manifest');
    expect(error?.hint).to.contain('s3:GetObject').and.not.contain('damaged');
  });

  it('tells of damage first', () => {
    const error = unreadableError([refused, damaged, { ...damaged, tag: '20260104020000' }]);

    expect(error).to.include({ code: 'CAIN_FORMAT' });
    expect(error?.message).to.contain('2 manifests');
  });
});
