import { expect } from 'chai';
import { checkVersions } from '../../../../src/commands/restore/check-versions.ts';
import { CainError } from '../../../../src/errors.ts';

describe('versions of backup and cluster', () => {
  for (const [versions, formats, cluster] of [
    [['4.1.10'], ['nb big'], ['4.0.19']],
    [['4.0.19'], ['na big', 'md big'], ['5.0.9']],
    [[], ['ma big'], ['5.0.9']],
    [['5.0.9'], ['oa big', 'da bti', 'nb big'], ['5.0.9', '5.0.8']],
  ] as const) {
    it(`fit: ${versions} (${formats}) into ${cluster}`, () => {
      expect(() => checkVersions({ versions, formats: new Set(formats) }, cluster)).not.to.throw();
    });
  }

  for (const [versions, formats, cluster] of [
    [['5.0.9'], ['nb big'], ['4.1.10']],
    [['5.0.9'], ['nb big'], ['5.0.9', '4.1.10']],
    [['5.0.9'], ['pa big'], ['5.0.9']],
    [['4.1.10'], ['da bti'], ['4.1.10']],
    [[], ['la big'], ['5.0.9']],
  ] as const) {
    it(`are refused: ${versions} (${formats}) into ${cluster}`, () => {
      expect(() => checkVersions({ versions, formats: new Set(formats) }, cluster))
        .to.throw(CainError)
        .with.property('code', 'CAIN_RESTORE_SCHEMA');
    });
  }
});
