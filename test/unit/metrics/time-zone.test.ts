import { expect } from 'chai';
import { isTimeZone } from '../../../src/metrics/time-zone.ts';

describe('isTimeZone', () => {
  for (const name of ['UTC', 'Etc/UTC', 'Europe/Berlin', 'Asia/Kolkata', 'Asia/Calcutta', 'Etc/GMT+2']) {
    it(`takes ${name}`, () => {
      expect(isTimeZone(name)).to.equal(true);
    });
  }

  for (const name of [
    '',
    'Local',
    'local',
    'system',
    'utc',
    'europe/berlin',
    'Europe/Atlantis',
    'Europe/',
    '/Europe/Berlin',
    '../Europe/Berlin',
    '+01:00',
    '-0100',
    'UTC+3',
    ' Europe/Berlin',
    'Europe/Berlin ',
  ]) {
    it(`refuses ${JSON.stringify(name)}`, () => {
      expect(isTimeZone(name)).to.equal(false);
    });
  }
});
