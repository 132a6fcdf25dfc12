import { expect } from 'chai';
import { createProgressMeter } from '../../../src/logging/progress-meter.ts';

function meterAt() {
  let ms = 0;
  const meter = createProgressMeter(() => new Date(ms));
  return {
    meter,
    pass: (milliseconds: number) => {
      ms += milliseconds;
    },
  };
}

describe('createProgressMeter', () => {
  it('has nothing to tell before the first phase', () => {
    expect(meterAt().meter.sample()).to.equal(undefined);
  });

  it('adds up files and bytes of all nodes', () => {
    const { meter } = meterAt();
    meter.setPhase('Uploading');
    meter.addNode('a', { files: 2, bytes: 100 });
    meter.addNode('b', { files: 1, bytes: 50 });
    meter.addNode('b', { files: 1, bytes: 50 });
    meter.advance('a', { bytes: 30 });
    meter.advance('a', { files: 1, bytes: 20 });
    meter.advance('b', { bytes: 40 });
    meter.retract('b', { bytes: 15 });

    const event = meter.sample();

    expect(event?.phase).to.equal('Uploading');
    expect(event?.total).to.deep.equal({ files: 4, bytes: 200 });
    expect(event?.done).to.deep.equal({ files: 1, bytes: 75 });
    expect(event?.nodes.map((node) => [node.pod, node.done.bytes])).to.deep.equal([
      ['a', 50],
      ['b', 25],
    ]);
  });

  it('tells rate and time left', () => {
    const { meter, pass } = meterAt();
    meter.setPhase('Uploading');
    meter.addNode('a', { files: 1, bytes: 1000 });
    pass(2000);
    meter.advance('a', { bytes: 200 });

    const event = meter.sample();

    expect(event?.bytesPerSecond).to.equal(100);
    expect(event?.secondsLeft).to.equal(8);
  });

  it('forgets the pace of more than a minute ago', () => {
    const { meter, pass } = meterAt();
    meter.setPhase('Uploading');
    meter.addNode('a', { files: 1, bytes: 1_000_000 });
    for (let second = 0; second < 300; second++) {
      pass(1000);
      meter.advance('a', { bytes: second < 200 ? 1000 : 10 });
      meter.sample();
    }

    expect(meter.sample()?.bytesPerSecond).to.equal(10);
  });

  it('makes no forecast while nothing moves, or bytes are taken back', () => {
    const { meter, pass } = meterAt();
    meter.setPhase('Uploading');
    meter.addNode('a', { files: 1, bytes: 1000 });
    pass(1000);
    meter.retract('a', { bytes: 5 });

    expect(meter.sample()).to.include({ bytesPerSecond: 0, secondsLeft: undefined });
  });

  it('is over when all nodes are finished, and begins anew with a phase', () => {
    const { meter } = meterAt();
    meter.setPhase('Uploading');
    meter.addNode('a', { files: 1, bytes: 10 });
    expect(meter.sample()?.isOver).to.equal(false);

    meter.finishNode('a');
    expect(meter.sample()?.isOver).to.equal(true);

    meter.setPhase('Verifying');
    meter.addNode('a', { files: 1, bytes: 10 });
    expect(meter.sample()).to.deep.include({ isOver: false, done: { files: 0, bytes: 0 } });
  });
});
