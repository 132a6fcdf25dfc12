import { expect } from 'chai';
import { commandHelp } from '../../src/command-help.ts';
import { parseCommandLine } from '../../src/command-line.ts';
import { commandNames } from '../../src/command-names.ts';
import { errorCodes } from '../../src/error-codes.ts';
import { exitCodes } from '../../src/exit-codes.ts';
import { generalHelp, helpOf } from '../../src/help.ts';
import { readFlags } from '../../src/settings/read-flags.ts';
import { settingRows } from '../../src/settings/table.ts';

/** The words of a shell line: quotes hold words together. */
const wordsOf = (line: string) =>
  [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? '');

describe('generalHelp', () => {
  it('names every command and every exit code', () => {
    const help = generalHelp();

    for (const name of commandNames) expect(help).to.contain(`  ${name} `);
    for (const { code } of exitCodes) expect(help).to.match(new RegExp(`^ +${code} {2}`, 'm'));
  });
});

describe('helpOf', () => {
  for (const command of commandNames) {
    it(`shows what ${command} uses, and nothing else`, () => {
      const help = helpOf(command);

      for (const [, row] of settingRows) {
        const isShown = new RegExp(`\\b${row.env}$|\\b${row.env}, or`, 'm').test(help);
        expect(isShown, row.env).to.equal(row.usedBy.includes(command));
      }
    });

    it(`shows examples of ${command} that can be typed`, () => {
      for (const { line } of commandHelp[command].examples) {
        const [program, ...args] = wordsOf(line);
        const commandLine = parseCommandLine(args);

        expect(program).to.equal('cain');
        expect(commandLine).to.include({ kind: 'run', command });
        if (commandLine.kind === 'run') expect(readFlags(command, commandLine.argv).problems).to.be.empty;
      }
    });
  }

  it('says what is required and what the defaults are', () => {
    expect(helpOf('backup')).to.match(/--dst <s3:\/\/bucket\/prefix>, CAIN_DST\n.*\(required\)/);
    expect(helpOf('backup')).to.match(/-p, --parallel <number>, CAIN_PARALLEL\n.*\(default: 4\)/);
  });

  it('offers no flag for a secret but the file', () => {
    expect(helpOf('backup'))
      .to.contain('--cassandra-password-file')
      .and.not.to.match(/--cassandra-password\b(?!-file)/);
  });
});

describe('exitCodes', () => {
  it('explain every exit code that an error leads to', () => {
    const known = exitCodes.map(({ code }) => code);

    for (const [name, { exit }] of Object.entries(errorCodes)) expect(known, name).to.include(exit);
  });
});
