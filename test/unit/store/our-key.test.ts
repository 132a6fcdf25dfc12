import { expect } from 'chai';
import { dataKey, inventoryKey } from '../../../src/store/layout.ts';
import { isDataLocation, tagOfOurKey } from '../../../src/store/our-key.ts';

const tag = '20250131020000';
const data = {
  keyspace: 'shop',
  sum: '8f8436',
  tag,
  pod: 'pod-0',
  table: 'orders',
  file: 'nb-1-big-Data.db',
};

describe('tagOfOurKey', () => {
  for (const key of [
    dataKey(data),
    inventoryKey(tag, 'pod-0'),
    `.cain/runs/${tag}.json`,
    `.cain/runs/${tag}/pod-0/1.jsonl.gz`,
    `.cain/expired/${tag}.json`,
    `.cain/damaged/${tag}.json`,
  ]) {
    it(`finds the tag in ${key}`, () => {
      expect(tagOfOurKey(key)).to.equal(tag);
    });
  }

  for (const key of [
    '',
    'notes.txt',
    '.cain/owner.json',
    '.cain/backups/',
    `.cain/backups/${tag}`,
    `.cain/backups/${tag}0/manifest.json`,
    '.cain/backups/20251331020000/manifest.json',
    dataKey({ ...data, sum: 'schema' }),
    dataKey({ ...data, tag: 'latest' }),
    dataKey({ ...data, keyspace: '.cain' }),
    `${dataKey(data)}/more`,
    `shop/8f8436/${tag}/differential.json`,
  ]) {
    it(`finds none in "${key}"`, () => {
      expect(tagOfOurKey(key)).to.equal(undefined);
    });
  }
});

describe('isDataLocation', () => {
  it('takes what a data key can begin with, and nothing else', () => {
    expect(isDataLocation(data)).to.equal(true);
    expect(isDataLocation({ ...data, keyspace: '' })).to.equal(false);
    expect(isDataLocation({ ...data, keyspace: '.cain' })).to.equal(false);
    expect(isDataLocation({ ...data, keyspace: 'a/b' })).to.equal(false);
    expect(isDataLocation({ ...data, sum: '' })).to.equal(false);
    expect(isDataLocation({ ...data, tag: '' })).to.equal(false);
  });
});
