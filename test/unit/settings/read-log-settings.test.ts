import { expect } from 'chai';
import { readLogSettings } from '../../../src/settings/read-log-settings.ts';

describe('readLogSettings', () => {
  it('reads level and format, the flag first', () => {
    const env = { CAIN_LOG_LEVEL: 'warn', CAIN_LOG_FORMAT: 'text' };

    expect(readLogSettings('backup', ['--log-level', 'debug'], env)).to.deep.equal({
      level: 'debug',
      format: 'text',
    });
  });

  it('takes the defaults where a value is wrong: how to log must not be a question', () => {
    const env = { CAIN_LOG_LEVEL: 'loud', CAIN_NONSENSE: 'x' };

    expect(readLogSettings('backup', ['--log-format=xml'], env)).to.deep.equal({
      level: 'info',
      format: 'auto',
    });
  });
});
