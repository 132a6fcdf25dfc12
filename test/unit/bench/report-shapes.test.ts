import { expect } from 'chai';
import { markdownTable } from '../../../bench/report/markdown.ts';
import { text } from '../../../bench/report/svg.ts';

describe('markdownTable', () => {
  it('puts columns of numbers to the right', () => {
    expect(markdownTable(['a', 'b'], [['x', 1]])).to.equal('| a | b |\n| --- | ---: |\n| x | 1 |\n');
  });
});

describe('text', () => {
  it('escapes what SVG would read as markup', () => {
    expect(text(1, 2, 'a < b & c')).to.contain('>a &lt; b &amp; c</text>');
  });
});
