import { expect } from 'chai';
import { parseTruncationTimes } from '../../../src/cassandra/truncation-times.ts';
import { CainError } from '../../../src/errors.ts';

/** As cqlsh prints a result of SELECT JSON. */
function answer(row: unknown): string {
  return `\n [json]\n-----\n ${JSON.stringify(row)}\n\n(1 rows)\n`;
}

describe('times of truncation', () => {
  it('are the last eight bytes', () => {
    const time = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
    const blob = `0x${'0000019c00000001'}${'0000abcd'}${time.toString(16).padStart(16, '0')}`;

    const times = parseTruncationTimes(
      answer({ truncated_at: { 'b73f76a0-e65e-11f1-8eba-273eb4912511': blob } }),
    );

    expect([...times]).to.deep.equal([['b73f76a0e65e11f18eba273eb4912511', new Date(time)]]);
  });

  it('are none where nothing was ever truncated', () => {
    expect(parseTruncationTimes(answer({ truncated_at: null })).size).to.equal(0);
  });

  it('are not guessed from another form', () => {
    expect(() =>
      parseTruncationTimes(answer({ truncated_at: { 'b73f76a0-e65e-11f1-8eba-273eb4912511': '0x00' } })),
    )
      .to.throw(CainError)
      .with.property('code', 'CAIN_OUTPUT_UNREADABLE');
  });
});
