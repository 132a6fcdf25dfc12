import { expect } from 'chai';
import { parseCommandLine } from '../../src/command-line.ts';
import { commandNames } from '../../src/command-names.ts';
import { CainError } from '../../src/errors.ts';

describe('parseCommandLine', () => {
  it('takes backup where no command is named', () => {
    expect(parseCommandLine([])).to.deep.equal({ kind: 'run', command: 'backup', argv: [] });
    expect(parseCommandLine(['--full'])).to.deep.equal({ kind: 'run', command: 'backup', argv: ['--full'] });
  });

  it('knows every command', () => {
    for (const command of commandNames) {
      expect(parseCommandLine([command, '-n', 'x'])).to.deep.equal({
        kind: 'run',
        command,
        argv: ['-n', 'x'],
      });
    }
  });

  it('never takes the value of a flag for a command', () => {
    expect(parseCommandLine(['-n', 'restore'])).to.include({ command: 'backup' });
  });

  it('knows the ways to ask for help', () => {
    expect(parseCommandLine(['--help'])).to.deep.equal({ kind: 'help', command: undefined });
    expect(parseCommandLine(['-h'])).to.deep.equal({ kind: 'help', command: undefined });
    expect(parseCommandLine(['help'])).to.deep.equal({ kind: 'help', command: undefined });
    expect(parseCommandLine(['restore', '-n', 'x', '--help'])).to.deep.equal({
      kind: 'help',
      command: 'restore',
    });
    expect(parseCommandLine(['help', 'prune'])).to.deep.equal({ kind: 'help', command: 'prune' });
  });

  it('takes --version for the command', () => {
    expect(parseCommandLine(['--version'])).to.include({ kind: 'run', command: 'version' });
  });

  it('suggests the command that was meant', () => {
    expect(() => parseCommandLine(['bakcup']))
      .to.throw(CainError, 'Unknown command "bakcup"')
      .that.includes({ code: 'CAIN_USAGE' })
      .and.has.property('hint')
      .that.contains('Did you mean `cain backup`?');
  });

  it('names the commands where nothing is near', () => {
    expect(() => parseCommandLine(['frobnicate']))
      .to.throw(CainError)
      .with.property('hint')
      .that.contains(commandNames.join(', '));
  });
});
