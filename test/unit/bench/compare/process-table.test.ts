import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import {
  childCpuSeconds,
  descendants,
  parseStat,
  readProcesses,
} from '../../../../bench/compare/process-table.ts';

const entry = (pid: number, parent: number) => ({ pid, parent, residentBytes: 1 });

describe('parseStat', () => {
  it('finds the fields after a name with blanks and parentheses', () => {
    const text =
      '4711 (a (b) c) S 12 4711 4711 0 -1 4194560 1 2 3 4 50 60 70 80 20 0 1 0 999 12345 10 18446744073709551615\n';

    expect(parseStat(text)).to.deep.equal({
      pid: 4711,
      parent: 12,
      ownCpuSeconds: 1.1,
      childCpuSeconds: 1.5,
      residentBytes: 40960,
    });
  });
});

describe('descendants', () => {
  it('finds children of children, and leaves out a branch with all that it started', () => {
    const processes = [entry(2, 1), entry(3, 2), entry(4, 1), entry(5, 4), entry(6, 99)];

    const found = descendants(processes, 1, new Set([4])).map(({ pid }) => pid);

    expect(found.toSorted()).to.deep.equal([2, 3]);
  });
});

describe('childCpuSeconds', () => {
  it('grows by what a child used that has ended', () => {
    const before = childCpuSeconds();

    spawnSync('sh', ['-c', 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done']);

    expect(childCpuSeconds()).to.be.above(before);
  });
});

describe('readProcesses', () => {
  it('finds this process, with memory', () => {
    const own = readProcesses().find(({ pid }) => pid === process.pid);

    expect(own?.residentBytes).to.be.above(10 * 2 ** 20);
  });
});
