import { expect } from 'chai';
import { bool, choice, httpUrl, integer, list, percent } from '../../../src/settings/kinds.ts';

describe('integer', () => {
  it('takes digits only', () => {
    const texts = ['5', '0', '5abc', '0x10', '-1', '1.0', '1e3', '', ' 5'];

    const values = texts.map((text) => integer(0).parse(text));

    expect(values).to.deep.equal([5, 0, ...Array.from({ length: 7 }, () => undefined)]);
  });

  it('holds to its limits', () => {
    const port = integer(1, 65_535);

    expect(port.parse('0')).to.equal(undefined);
    expect(port.parse('65535')).to.equal(65_535);
    expect(port.parse('65536')).to.equal(undefined);
  });
});

describe('bool', () => {
  it("takes the words of Go's ParseBool, and yes and no", () => {
    expect(['true', 'T', '1', 'yes'].map(bool.parse)).to.deep.equal([true, true, true, true]);
    expect(['false', 'F', '0', 'No'].map(bool.parse)).to.deep.equal([false, false, false, false]);
    expect(['', 'ja', '2', 'truee'].every((text) => bool.parse(text) === undefined)).to.equal(true);
  });
});

describe('percent', () => {
  it('takes the sign or leaves it', () => {
    expect(['10', '10%', '10 %', '0', '100', '2.5%'].map(percent.parse)).to.deep.equal([
      10, 10, 10, 0, 100, 2.5,
    ]);
  });

  it('refuses what is not from 0 to 100', () => {
    expect(['101', '-1', '%', 'ten', '1,5'].map(percent.parse)).to.deep.equal([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('choice', () => {
  it('takes its words only and names them', () => {
    const kind = choice('keep', 'clear');

    expect(kind.parse('keep')).to.equal('keep');
    expect(kind.parse('Keep')).to.equal(undefined);
    expect(kind.wanted).to.equal('one of keep, clear');
  });
});

describe('list', () => {
  const letters = list('letters', 'letters', /^[a-z]$/);

  it('drops spaces and empty items', () => {
    expect(letters.parse('a, b,,c,')).to.deep.equal(['a', 'b', 'c']);
  });

  it('refuses if one item is wrong, and a list without items', () => {
    expect(letters.parse('a,B')).to.equal(undefined);
    expect(letters.parse(',')).to.equal(undefined);
  });
});

describe('httpUrl', () => {
  it('drops slashes at the end', () => {
    expect(httpUrl.parse('https://host:9091/gateway/')).to.equal('https://host:9091/gateway');
  });

  for (const text of [
    'host:9091',
    'ftp://host',
    'http://user:word@host',
    'http://host?x=1',
    'http://',
    'http://h:99999',
  ]) {
    it(`refuses ${text}`, () => {
      expect(httpUrl.parse(text)).to.equal(undefined);
    });
  }
});
