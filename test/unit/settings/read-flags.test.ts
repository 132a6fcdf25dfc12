import { expect } from 'chai';
import type { CommandName } from '../../../src/command-names.ts';
import { readFlags } from '../../../src/settings/read-flags.ts';

function textsOf(command: CommandName, ...argv: string[]): Record<string, string> {
  const { given, problems } = readFlags(command, argv);
  expect(problems).to.deep.equal([]);
  return Object.fromEntries([...given].map(([name, { text }]) => [name, text]));
}

describe('readFlags', () => {
  it('reads long flags and short ones, with and without "="', () => {
    const texts = textsOf('backup', '--dst', 's3://b/p', '--plan=x', '-n', 'ns', '-l=app=c', '-cmain');

    expect(texts).to.deep.equal({
      CAIN_DST: 's3://b/p',
      CAIN_PLAN: 'x',
      CAIN_NAMESPACE: 'ns',
      CAIN_SELECTOR: 'app=c',
      CAIN_CONTAINER: 'main',
    });
  });

  it('reads switches', () => {
    expect(textsOf('backup', '--full', '--roles=false', '-a')).to.deep.equal({
      CAIN_FULL: 'true',
      CAIN_ROLES: 'false',
      CAIN_AUTHENTICATION: 'true',
    });
  });

  it('knows that -s is the part size in a backup and the schema sum in a restore', () => {
    expect(textsOf('backup', '-s', '8MiB')).to.deep.equal({ CAIN_S3_PART_SIZE: '8MiB' });
    expect(textsOf('restore', '-s', '8f8436')).to.deep.equal({ CAIN_SCHEMA: '8f8436' });
  });

  it('adds lists up; of others the last counts', () => {
    expect(textsOf('backup', '-k', 'a', '--keyspace', 'b,c', '-p', '1', '-p', '2')).to.deep.equal({
      CAIN_KEYSPACE: 'a,b,c',
      CAIN_PARALLEL: '2',
    });
  });

  it('says where a value came from as the user wrote it', () => {
    expect(readFlags('backup', ['-p', '1']).given.get('CAIN_PARALLEL')?.source).to.equal('-p');
  });

  const mistakes: ReadonlyArray<readonly [string, CommandName, readonly string[], RegExp]> = [
    [
      'an unknown flag, with what was meant',
      'backup',
      ['--keyspce', 'x'],
      /^--keyspce is unknown, did you mean --keyspace\?$/,
    ],
    ['an unknown letter', 'backup', ['-z'], /^-z is unknown$/],
    ['underscores', 'backup', ['--s3_part_size=1'], /did you mean --s3-part-size\?$/],
    ['a flag of another command', 'backup', ['--clean'], /^--clean is a flag of restore, not of backup$/],
    [
      'a letter of another command',
      'backup',
      ['-t', 'latest'],
      /^-t is a flag of restore, verify, not of backup$/,
    ],
    [
      "a typo of another command's flag",
      'backup',
      ['--dryrun'],
      /^--dryrun is unknown, did you mean --dry-run\?$/,
    ],
    ['a flag without its value', 'backup', ['--dst'], /^--dst needs a value$/],
    ['a flag that another one follows', 'backup', ['--dst', '--full'], /^--dst needs a value$/],
    ['an empty value', 'restore', ['--tag', ''], /^--tag needs a value$/],
    ['an empty value behind "="', 'restore', ['--tag='], /^--tag needs a value$/],
    ['a value beside a switch', 'backup', ['--full', 'false'], /^--full takes its value behind "="/],
    [
      'a stray argument',
      'backup',
      ['--plan', 'x', 'restore'],
      /^An argument belongs to no flag; the command comes first/,
    ],
    [
      'a secret',
      'backup',
      ['--cassandra-password', 'hunter2'],
      /process list; set CAIN_CASSANDRA_PASSWORD or CAIN_CASSANDRA_PASSWORD_FILE instead$/,
    ],
    ["maorfr's password", 'backup', ['-w', 'hunter2'], /^-w would show a secret in the process list/],
  ];
  for (const [name, command, argv, wanted] of mistakes) {
    it(`tells of ${name}, once`, () => {
      const { problems } = readFlags(command, argv);

      expect(problems).to.have.length(1);
      expect(problems[0]).to.match(wanted);
      expect(problems[0]).to.not.contain('hunter2');
    });
  }

  it('takes the obsolete flags of the original with a warning', () => {
    const { given, problems, warnings } = readFlags('restore', [
      '-b',
      '6.75',
      '--user-group',
      'a:b',
      '--username',
      'u',
    ]);

    expect(problems).to.be.empty;
    expect(warnings).to.have.length(3);
    expect([...given.keys()]).to.deep.equal(['CAIN_CASSANDRA_USERNAME']);
  });
});
