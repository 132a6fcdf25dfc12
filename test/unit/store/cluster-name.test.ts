import { expect } from 'chai';
import fc from 'fast-check';
import { clusterNameFault } from '../../../src/store/cluster-name.ts';
import { clusterPrefix, dataKey, parseDataKey } from '../../../src/store/layout.ts';
import { isDataLocation, tagOfOurKey } from '../../../src/store/our-key.ts';

describe('clusterNameFault', () => {
  for (const name of [
    'Test Cluster',
    'a/b',
    'Käse 🧀',
    "O'Brien & Söhne (EU)",
    'a..b',
    '...',
    '+%20',
    '名前',
  ]) {
    it(`has nothing against "${name}"`, () => {
      expect(clusterNameFault(name)).to.equal(undefined);
    });
  }

  for (const name of ['', '.', '..', 'a/../b', '/a', 'a/', 'a//b', 'a\nb', 'a\u007f', 'x'.repeat(256)]) {
    it(`refuses ${JSON.stringify(name.slice(0, 20))}`, () => {
      expect(clusterNameFault(name)).to.be.a('string');
    });
  }
});

describe('clusters whose names begin alike', () => {
  const word = fc.stringMatching(/^[A-Za-z0-9_ ]{1,6}$/);
  const data = fc.record({
    keyspace: fc.stringMatching(/^\w{1,6}$/),
    sum: fc.stringMatching(/^[0-9a-f]{6}$/),
    tag: fc.constant('20260101000000'),
    pod: fc.stringMatching(/^[a-z0-9]{1,3}$/),
    table: fc.stringMatching(/^\w{1,6}$/),
    file: fc.constant('nb-1-big-Data.db'),
  });
  const controlKey = fc.constantFrom(
    '.cain/owner.json',
    '.cain/backups/20260101000000/manifest.json',
    '.cain/runs/20260101000000.json',
  );

  it('never see a key of the other as one of their own, be one called "a" and the other "a/b"', () => {
    fc.assert(
      fc.property(word, word, fc.oneof(data.map(dataKey), controlKey), (outer, inner, key) => {
        const seenByOuter = `${clusterPrefix('ns', `${outer}/${inner}`)}${key}`.slice(
          clusterPrefix('ns', outer).length,
        );
        const parts = parseDataKey(seenByOuter);

        expect(tagOfOurKey(seenByOuter)).to.equal(undefined);
        expect(parts && isDataLocation(parts)).to.not.equal(true);
      }),
    );
  });

  it('never list what is the other one\'s: "a" and "ab", "ns" and "ns1"', () => {
    fc.assert(
      fc.property(word, word, data.map(dataKey), (one, suffix, key) => {
        expect(clusterPrefix('ns', one + suffix) + key).to.not.satisfy((full: string) =>
          full.startsWith(clusterPrefix('ns', one)),
        );
        expect(clusterPrefix(`ns${suffix}`, one).startsWith(clusterPrefix('ns', one))).to.equal(false);
      }),
    );
  });
});
