import { expect } from 'chai';
import { parseProcess, permissionsIn } from '../../../src/cassandra/cassandra-process.ts';

const status =
  'Uid:\t999\t999\t999\t999\nGid:\t999\t999\t999\t999\nGroups:\t999 1000 \nCapEff:\t0000000000000000\n';

describe('Cassandra process', () => {
  it('is read from /proc, with all its groups', () => {
    const process = parseProcess(status);

    expect(process?.uid).to.equal(999);
    expect([...(process?.gids ?? [])]).to.have.members([999, 1000]);
    expect(process?.overridesPermissions).to.equal(false);
  });

  it('is unknown where /proc does not show it', () => {
    expect(parseProcess('')).to.equal(undefined);
  });

  it('is bound by no permission with CAP_DAC_OVERRIDE', () => {
    const root = parseProcess(status.replace('0000000000000000', '00000000a80425fb'));

    expect(root && permissionsIn(root, { uid: 0, gid: 0, mode: 0o000 })).to.deep.equal({
      write: true,
      search: true,
    });
  });

  for (const [what, ownership, expected] of [
    ['its own directory', { uid: 999, gid: 0, mode: 0o700 }, { write: true, search: true }],
    ["its group's directory", { uid: 0, gid: 1000, mode: 0o775 }, { write: true, search: true }],
    ["root's directory", { uid: 0, gid: 0, mode: 0o755 }, { write: false, search: true }],
    ['a closed directory', { uid: 0, gid: 0, mode: 0o750 }, { write: false, search: false }],
    [
      'its own directory that only others may write',
      { uid: 999, gid: 0, mode: 0o177 },
      { write: false, search: true },
    ],
  ] as const) {
    it(`may do in ${what} what the mode says`, () => {
      const process = parseProcess(status);

      expect(process && permissionsIn(process, ownership)).to.deep.equal(expected);
    });
  }
});
