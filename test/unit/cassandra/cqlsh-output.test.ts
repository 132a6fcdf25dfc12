import { expect } from 'chai';
import fc from 'fast-check';
import { parseJsonRows, withoutWarnings } from '../../../src/cassandra/cqlsh-output.ts';
import { CainError } from '../../../src/errors.ts';
import { readSample } from '../../support/cassandra-samples.ts';

const unreadable = (call: () => unknown, words: RegExp): void => {
  expect(call).to.throw(CainError, words).with.property('code', 'CAIN_OUTPUT_UNREADABLE');
};

/** As cqlsh's text formatter writes it: backslashes doubled, then some characters as Python's repr. */
function cqlshText(text: string): string {
  const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
  return text.replaceAll('\\', '\\\\').replaceAll(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that cqlsh escapes
    /[\x00-\x1f\x7f-\xa0]/g,
    (letter) => named[letter] ?? `\\x${letter.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

function cqlshResult(rows: readonly unknown[]): string {
  const texts = rows.map((row) => cqlshText(JSON.stringify(row)));
  const width = Math.max(6, ...texts.map(({ length }) => length));
  const body = texts.length === 0 ? '\n' : texts.map((text) => ` ${text.padStart(width)}\n`).join('');
  return `\n [json]\n-${'-'.repeat(width)}-\n${body}\n(${rows.length} rows)\n`;
}

describe('parseJsonRows', () => {
  it('reads text of every kind as it was inserted', () => {
    const [rows = []] = parseJsonRows(readSample('5.0.9/cqlsh-json-odd-text').stdout, 1);

    const values = new Map((rows as Array<{ id: number; v: string | null }>).map(({ id, v }) => [id, v]));
    expect([...values.keys()].sort((left, right) => left - right)).to.deep.equal([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 100,
    ]);
    expect(values.get(0)).to.equal('back\\slash \\n literal');
    expect(values.get(1)).to.equal('tab\tnl\ncr\r');
    expect(values.get(2)).to.equal(`quote ' " ''`);
    expect(values.get(3)).to.equal('nul\0 esc\x1b del\x7f nel\x85 nbsp\xa0 shy\xad');
    expect(values.get(4)).to.equal('é 日本語 😀 \u2028 \u200b \u202e');
    expect(values.get(5)).to.equal('');
    expect(values.get(6)).to.equal(' lead and trail ');
    expect(values.get(7)).to.equal('{"a": 1} (3 rows)');
    expect(values.get(8)).to.equal('(2 rows)\n [json]\n------');
    expect(values.get(10)).to.equal('ud800 \\ud800 \\x41 \\\\');
    expect(rows).to.deep.include({
      id: 100,
      addr: { street: 'x\\y', '"Zip Code"': 5 },
      m: { '': '', "k'1": 'v\\' },
      v: null,
    });
  });

  it('reads all pages of a long result, each padded to a width of its own', () => {
    const [rows = []] = parseJsonRows(readSample('5.0.9/cqlsh-json-three-pages').stdout, 1);

    expect(new Set((rows as Array<{ id: number }>).map(({ id }) => id)).size).to.equal(230);
  });

  it('groups by statement, empty results and server warnings between them', () => {
    const results = parseJsonRows(readSample('5.0.9/cqlsh-json-several').stdout, 7);

    expect(results.map(({ length }) => length)).to.deep.equal([7, 0, 0, 1, 1, 0, 2]);
    expect(results[0]).to.deep.include({
      keyspace_name: 'odd',
      replication: { class: 'org.apache.cassandra.locator.NetworkTopologyStrategy', dc1: '1' },
      durable_writes: true,
    });
    expect(results[4]).to.deep.equal([{ count: 230 }]);
  });

  it('refuses fewer results than statements: cqlsh goes on after one that failed', () => {
    const { stdout } = readSample('5.0.9/cqlsh-json-partial');

    expect(parseJsonRows(stdout)).to.have.length(2);
    unreadable(() => parseJsonRows(stdout, 3), /2 results of 3 statements/);
  });

  it('reads back whatever JSON a server may send', () => {
    const text = fc.string({ unit: 'binary', maxLength: 12 });
    const row = fc.dictionary(
      text,
      fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null), fc.array(text, { maxLength: 3 })),
      { maxKeys: 4 },
    );
    const results = fc.array(fc.array(row, { maxLength: 5 }), { maxLength: 4 });
    fc.assert(
      fc.property(results, (given) => {
        const expected: unknown = JSON.parse(JSON.stringify(given));

        expect(parseJsonRows(given.map(cqlshResult).join(''), given.length)).to.deep.equal(expected);
      }),
    );
  });

  it('finds nothing in nothing', () => {
    expect(parseJsonRows('')).to.deep.equal([]);
  });

  const whole = cqlshResult([{ a: 1 }, { a: 2 }]);

  it('refuses output that was cut, wherever', () => {
    for (let length = whole.indexOf('[json]') + 6; length < whole.length - 1; length++) {
      unreadable(() => parseJsonRows(whole.slice(0, length)), /cqlsh/);
    }
  });

  it('refuses a count that differs from the rows', () => {
    unreadable(() => parseJsonRows(whole.replace('(2 rows)', '(3 rows)')), /2 lines before \(3 rows\)/);
  });

  it('refuses text that is neither a result nor a warning', () => {
    unreadable(() => parseJsonRows(`EXPAND set to ON\n${whole}`), /EXPAND/);
    unreadable(() => parseJsonRows('\n release_version\n-----\n 5.0.9\n\n(1 rows)\n'), /release_version/);
    unreadable(() => parseJsonRows(' [json]\n\n(0 rows)\n'), /cqlsh/);
  });

  it('never quotes a row, which may hold a password hash', () => {
    const damaged = cqlshResult([{ role: 'app', salted_hash: '$2a$10$secret' }]).replace('"app"', '\\app"');

    unreadable(() => parseJsonRows(damaged), /row 1 of result 1 is no JSON/);
    expect(() => parseJsonRows(damaged))
      .to.throw()
      .that.satisfies((error: CainError) => {
        return !error.message.includes('secret') && error.cause === undefined;
      });
  });
});

describe('withoutWarnings', () => {
  it('begins with the first statement of a DESC', () => {
    const { stdout } = readSample('5.0.9/cqlsh-desc-keyspace');

    expect(stdout).to.match(/^WARNING: cqlsh was built against/);
    expect(withoutWarnings(stdout)).to.match(/^CREATE KEYSPACE shop /);
    expect(stdout.endsWith(withoutWarnings(stdout))).to.equal(true);
  });

  it('leaves words of warning inside the text alone, and takes out what is nothing else', () => {
    expect(withoutWarnings("\nWARNING: x\n\nCREATE y\nWARNING: z'\n")).to.equal("CREATE y\nWARNING: z'\n");
    expect(withoutWarnings('\nWarning: Cannot create directory\n\n')).to.equal('');
  });
});
