import { expect } from 'chai';
import fc from 'fast-check';
import { closest, suggestion } from '../../../src/settings/closest.ts';

const names = ['CAIN_KEYSPACE', 'CAIN_KEEP_LAST', 'CAIN_TAG', 'CAIN_TABLE'];

describe('closest', () => {
  for (const typo of ['CAIN_KEYSPCE', 'CAIN_KEYSAPCE', 'CAIN_KEYSPACES', 'CAIN_KEY_SPACE', 'CAIN_KEYSPAXE']) {
    it(`knows what ${typo} means`, () => {
      expect(closest(typo, names)).to.equal('CAIN_KEYSPACE');
    });
  }

  it('says nothing rather than something far', () => {
    expect(closest('CAIN_WHATEVER_ELSE', names)).to.equal(undefined);
  });

  it('finds a word that has one letter more', () => {
    const word = fc.string({ minLength: 4, maxLength: 20, unit: fc.constantFrom('a', 'b', 'c') });

    fc.assert(
      fc.property(word, fc.nat(), (text, at) => {
        const position = at % (text.length + 1);
        return closest(`${text.slice(0, position)}x${text.slice(position)}`, [text]) === text;
      }),
    );
  });
});

describe('suggestion', () => {
  it('completes a sentence', () => {
    expect(suggestion('CAIN_TGA', names)).to.equal(', did you mean CAIN_TAG?');
    expect(suggestion('CAIN_SOMETHING', names)).to.equal('');
  });
});
