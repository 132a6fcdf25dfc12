import { expect } from 'chai';
import { parseDfLine } from '../../../src/cassandra/disks.ts';
import { CainError } from '../../../src/errors.ts';

describe('parseDfLine', () => {
  it('reads sizes in bytes, and names a volume by its mount point', () => {
    expect(
      parseDfLine('df /dev/sda1  102400 51200 40960  56% /var/lib/cassandra', '/var/lib/cassandra/data'),
    ).to.deep.equal({
      directory: '/var/lib/cassandra/data',
      device: '/var/lib/cassandra',
      totalBytes: 102400 * 1024,
      freeBytes: 40960 * 1024,
    });
  });

  it('bears blanks in names', () => {
    const volume = parseDfLine('df my nas:/ex port 100 50 40 56% /mnt/my data', '/mnt/my data/x');

    expect(volume).to.include({ device: '/mnt/my data', totalBytes: 102400, freeBytes: 40960 });
  });

  it('refuses what is no line of df', () => {
    expect(() => parseDfLine('df: /data: No such file or directory', '/data'))
      .to.throw(CainError)
      .with.property('code', 'CAIN_OUTPUT_UNREADABLE');
  });
});
