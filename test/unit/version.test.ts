import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { version } from '../../src/version.ts';

describe('version', () => {
  it("is package.json's", () => {
    const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');

    expect(JSON.parse(text)).to.include({ version });
  });
});
