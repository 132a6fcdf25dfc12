import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { memoryBody, parseMemoryHeadroom } from '../../../src/cassandra/memory-headroom.ts';

const mebi = 1024 ** 2;

describe('memory headroom', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'cain-cgroup-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  /** Runs the script on files of ours in place of the kernel's. */
  function read(files: Readonly<Record<string, string>>): number | undefined {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), text);
    }
    const body = memoryBody.replaceAll('/sys/fs/cgroup', root);
    return parseMemoryHeadroom(execFileSync('sh', ['-c', body], { encoding: 'utf8' }));
  }

  it('takes what can not be reclaimed from the limit, in cgroup v2', () => {
    const stat = `anon ${700 * mebi}\nfile ${290 * mebi}\nshmem ${10 * mebi}\nanon_thp 5\n`;

    expect(read({ 'memory.max': `${1000 * mebi}\n`, 'memory.stat': stat })).to.equal(290 * mebi);
  });

  it('takes the totals in cgroup v1', () => {
    const stat = `cache 1\nrss 1\nshmem 1\ntotal_cache 77\ntotal_rss ${600 * mebi}\ntotal_shmem ${mebi}\n`;
    const files = { 'memory/memory.limit_in_bytes': `${1000 * mebi}\n`, 'memory/memory.stat': stat };

    expect(read(files)).to.equal(399 * mebi);
  });

  it('is nothing where the container is over its limit already', () => {
    expect(read({ 'memory.max': '100\n', 'memory.stat': 'anon 200\n' })).to.equal(0);
  });

  it('is unknown without a limit, and where no cgroup is to be seen', () => {
    expect(read({})).to.equal(undefined);
    expect(read({ 'memory.max': 'max\n', 'memory.stat': 'anon 5\n' })).to.equal(undefined);
    expect(parseMemoryHeadroom('limit 9223372036854771712\ntotal_rss 5\n')).to.equal(undefined);
  });

  it('refuses what it does not know', () => {
    expect(() => parseMemoryHeadroom('limit lots\n')).to.throw(/unknown form: limit lots/);
  });
});
