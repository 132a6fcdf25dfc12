import { expect } from 'chai';
import { CainError } from '../../src/errors.ts';
import { parseJson, readRecord } from '../../src/record.ts';

const value = {
  text: 'a',
  number: 1.5,
  texts: ['a', 'b'],
  map: { a: 'b' },
  inner: { text: 'c' },
  list: [{ text: 'd' }],
  kind: 'one',
  format: 1,
  nothing: null,
};

describe('readRecord', () => {
  const reader = readRecord(value, 'the record');

  it('gives what is there, in its type', () => {
    expect(reader.string('text')).to.equal('a');
    expect(reader.number('number')).to.equal(1.5);
    expect(reader.strings('texts')).to.deep.equal(['a', 'b']);
    expect(reader.stringMap('map')).to.deep.equal({ a: 'b' });
    expect(reader.record('inner').string('text')).to.equal('c');
    expect(reader.records('list').map((item) => item.string('text'))).to.deep.equal(['d']);
    expect(reader.oneOf('kind', ['one', 'two'])).to.equal('one');
    expect(reader.optionalString('none')).to.equal(undefined);
    expect(reader.optionalNumber('none')).to.equal(undefined);
    expect(reader.optionalRecord('none')).to.equal(undefined);
    expect([reader.has('text'), reader.has('none')]).to.deep.equal([true, false]);
    reader.format(1);
  });

  const wrong: ReadonlyArray<[name: string, read: () => unknown]> = [
    ['text', () => reader.number('text')],
    ['number', () => reader.string('number')],
    ['nothing', () => reader.optionalString('nothing')],
    ['none', () => reader.string('none')],
    ['list', () => reader.strings('list')],
    ['texts', () => reader.stringMap('texts')],
    ['text', () => reader.records('text')],
    ['text', () => reader.record('text')],
    ['list', () => reader.record('list')],
    ['kind', () => reader.oneOf('kind', ['two'])],
    ['list', () => reader.records('list')[0]?.number('text')],
    ['format', () => reader.format(2)],
  ];
  for (const [name, read] of wrong) {
    it(`names record and member where ${read.toString().slice(6)} is wrong`, () => {
      expect(read)
        .to.throw(CainError, 'the record')
        .that.includes({ code: 'CAIN_FORMAT' })
        .with.property('message')
        .that.contains(name);
    });
  }

  for (const other of [null, undefined, [], 'text', 1]) {
    it(`takes ${JSON.stringify(other)} for no record`, () => {
      expect(() => readRecord(other, 'the record')).to.throw(CainError, 'the record');
    });
  }

  it('takes no infinite number', () => {
    expect(() => readRecord({ a: Number.POSITIVE_INFINITY }, 'x').number('a')).to.throw(CainError);
  });
});

describe('parseJson', () => {
  it('names what is no JSON', () => {
    expect(parseJson('[1]', 'x')).to.deep.equal([1]);
    expect(() => parseJson('[1', 'the object'))
      .to.throw(CainError, 'the object')
      .with.property('code', 'CAIN_FORMAT');
  });
});
