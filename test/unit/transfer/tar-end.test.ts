import { expect } from 'chai';
import { badEndOf } from '../../../src/transfer/tar-end.ts';

const path = 'data/shop/users-1/snapshots/cain-1/nb-1-big-Index.db';
const shrunk = `tar: ${path}: File shrank by 9 bytes; padding with zeros`;
const unreadable = `tar: ${path}: Read error at byte 0, while reading 10240 bytes: Input/output error`;
const because = 'tar: Exiting with failure status due to previous errors';

describe('badEndOf', () => {
  function endOf(exitCode: number, ...stderr: string[]) {
    return badEndOf('cassandra-0', {
      exitCode,
      stdout: '',
      stderr: stderr.map((line) => `${line}\n`).join(''),
    });
  }

  it('believes a tar that ends with 0, whatever others say on its stderr', () => {
    expect(endOf(0)).to.equal(undefined);
    expect(endOf(0, 'Picked up JAVA_TOOL_OPTIONS: -Xfoo')).to.equal(undefined);
  });

  for (const exitCode of [0, 2]) {
    it(`names the file that it could not read, with exit code ${exitCode}`, () => {
      const { error, key } = endOf(exitCode, 'noise', unreadable, because) ?? {};

      expect(error).to.include({ code: 'CAIN_FILE_UNREADABLE', retryable: false });
      expect(error?.message).to.contain('cassandra-0').and.contain(unreadable);
      expect(key).to.equal(path);
    });

    it(`names the file that became shorter, with exit code ${exitCode}`, () => {
      const { error, key } = endOf(exitCode, unreadable, shrunk) ?? {};

      expect(error).to.include({ code: 'CAIN_TRANSFER_SHORT', retryable: false });
      expect(error?.message).to.contain('cassandra-0').and.contain(path);
      expect(key).to.equal(undefined);
    });
  }

  it('knows a tar that was called by its path', () => {
    expect(endOf(2, `/usr/bin/${unreadable}`)?.key).to.equal(path);
    expect(endOf(0, `/usr/bin/${shrunk}`)?.error.code).to.equal('CAIN_TRANSFER_SHORT');
  });

  it('gives the words of a tar that failed otherwise, which is worth another try', () => {
    const { error } = endOf(2, `tar: ${path}: Cannot open: Permission denied`, because) ?? {};

    expect(error).to.include({ code: 'CAIN_EXEC_FAILED', retryable: true });
    expect(error?.message).to.contain('Cannot open: Permission denied');
  });
});
