import { expect } from 'chai';
import { commandNames } from '../../../src/command-names.ts';
import { flagNameOf, flags, shortOf } from '../../../src/settings/flags.ts';
import { formerSettings } from '../../../src/settings/former-settings.ts';
import { secretFileEnv } from '../../../src/settings/setting.ts';
import { settingGroups, settingRows } from '../../../src/settings/table.ts';

const rows = settingRows.map(([, row]) => row);

/** The settings of the original's releases 0.1.0 to 0.6.0 and of maorfr's last commit: flag, letter, variable, commands. */
const original = [
  ['namespace', 'n', 'CAIN_NAMESPACE', 'backup restore schema'],
  ['selector', 'l', 'CAIN_SELECTOR', 'backup restore schema'],
  ['container', 'c', 'CAIN_CONTAINER', 'backup restore schema'],
  ['keyspace', 'k', 'CAIN_KEYSPACE', 'backup restore schema'],
  ['dst', '', 'CAIN_DST', 'backup'],
  ['src', '', 'CAIN_SRC', 'restore'],
  ['tag', 't', 'CAIN_TAG', 'restore'],
  ['schema', 's', 'CAIN_SCHEMA', 'restore'],
  ['parallel', 'p', 'CAIN_PARALLEL', 'backup restore'],
  ['buffer-size', 'b', 'CAIN_BUFFER_SIZE', 'backup restore'],
  ['s3-part-size', 's', 'CAIN_S3_PART_SIZE', 'backup'],
  ['s3-max-upload-parts', 'm', 'CAIN_S3_MAX_UPLOAD_PARTS', 'backup'],
  ['cassandra-data-dir', '', 'CAIN_CASSANDRA_DATA_DIR', 'backup restore'],
  ['user-group', '', 'CAIN_USER_GROUP', 'restore'],
  ['authentication', 'a', 'CAIN_AUTHENTICATION', 'backup restore'],
  ['cassandra-username', 'u', 'CAIN_CASSANDRA_USERNAME', 'backup restore'],
  ['nodetool-credentials-file', '', 'CAIN_NODETOOL_CREDENTIALS_FILE', 'backup'],
  ['nodetool-credentials-file', 'f', 'CAIN_NODETOOL_CREDENTIALS_FILE', 'restore'],
  ['sum', '', 'CAIN_SUM', 'schema'],
  ['username', '', 'CAIN_USERNAME', 'backup restore schema'],
  ['password', 'w', 'CAIN_PASSWORD', 'backup restore schema'],
] as const;

describe('settingsTable', () => {
  for (const [name, letter, env, commands] of original) {
    it(`knows the original's --${name} (${env}) of ${commands}`, () => {
      const flag = flags.find((known) => known.name === name);

      expect(flag?.env).to.equal(env);
      for (const command of commandNames.filter((each) => commands.split(' ').includes(each))) {
        expect(flag?.usedBy).to.include(command);
        if (letter !== '') expect(flag?.shortFor(command)).to.equal(letter);
      }
    });
  }

  it("knows the original's variables of S3", () => {
    const names = rows.map((row) => row.env);

    expect(names).to.include.members([
      'AWS_REGION',
      'AWS_S3_ENDPOINT',
      'AWS_S3_NO_SSL',
      'AWS_S3_FORCE_PATH_STYLE',
    ]);
  });

  it('declares each variable and each flag once', () => {
    const variables = [
      ...rows.map((row) => row.env),
      ...rows.filter((row) => row.kind.isSecret).map(secretFileEnv),
      ...formerSettings.map((former) => former.env),
    ];

    expect(new Set(variables).size).to.equal(variables.length);
    expect(new Set(flags.map((flag) => flag.name)).size).to.equal(flags.length);
  });

  it('gives no letter twice within a command', () => {
    for (const command of commandNames) {
      const letters = rows
        .filter((row) => row.usedBy.includes(command))
        .flatMap((row) => shortOf(row, command) ?? []);

      expect(new Set(letters).size, command).to.equal(letters.length);
    }
  });

  for (const row of rows) {
    it(`declares ${row.env} in good order`, () => {
      if (row.default !== undefined) expect(row.kind.parse(row.default)).to.not.equal(undefined);
      expect(row.kind.isSecret && row.default).to.not.equal(true);
      expect(row.help).to.match(/^[A-Z].*[^.]$/s);
      expect(row.usedBy).to.not.be.empty;
      expect(row.usedBy).to.include.members([...(row.requiredBy ?? [])]);
    });
  }

  it('shows every row in exactly one group', () => {
    const grouped = settingGroups.flatMap((group) => group.rows);

    expect(grouped).to.have.members(rows);
  });
});

describe('flagNameOf', () => {
  it('is the kebab-case of the variable without CAIN_', () => {
    expect(flagNameOf('CAIN_STALL_TIMEOUT')).to.equal('stall-timeout');
    expect(flagNameOf('AWS_REGION')).to.equal('aws-region');
  });
});
