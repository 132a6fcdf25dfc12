import { expect } from 'chai';
import { shownTime, textTable } from '../../../src/commands/text-table.ts';

describe('textTable', () => {
  it('aligns text to the left and numbers to the right, without blanks at the ends', () => {
    const lines = textTable(
      [
        { title: 'NAME', text: ({ name }: { name: string; size: number }) => name },
        { title: 'SIZE', isNumber: true, text: ({ size }) => String(size) },
        { title: '', text: ({ size }) => (size > 10 ? 'BIG' : '') },
      ],
      [
        { name: 'a', size: 5 },
        { name: 'longer', size: 12345 },
      ],
    );

    expect(lines).to.deep.equal(['NAME     SIZE', 'a           5', 'longer  12345  BIG']);
  });

  it('shows the titles alone where there is no row', () => {
    expect(textTable([{ title: 'NAME', text: () => '' }], [])).to.deep.equal(['NAME']);
  });
});

describe('shownTime', () => {
  it('is to the second, in UTC', () => {
    expect(shownTime(new Date('2025-01-31T02:00:00.999Z'))).to.equal('2025-01-31 02:00:00');
  });
});
