import { expect } from 'chai';
import { meterDatabase } from '../../../../bench/compare/database-cpu.ts';

describe('meterDatabase', () => {
  it('counts what a process spends, and keeps it when that process is left for another', () => {
    const node: { pid: number | undefined } = { pid: process.pid };
    const meter = meterDatabase(node);
    const before = meter.seconds();
    const end = performance.now() + 200;
    while (performance.now() < end);
    const spent = meter.seconds();
    expect(spent).to.be.above(before);

    meter.leave();
    node.pid = undefined;

    expect(meter.seconds()).to.be.at.least(spent);
  });
});
