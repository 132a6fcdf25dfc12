import { expect } from 'chai';
import { runGroup } from '../../../../bench/compare/run-group.ts';

const env = { PATH: process.env.PATH };

describe('runGroup', () => {
  it('gathers what a program says on both ways, and its exit code', async () => {
    const end = await runGroup(['sh', '-c', 'echo one; echo two >&2; exit 3'], { env, limitMs: 20_000 });

    expect(end.code).to.equal(3);
    expect(end.output).to.contain('one').and.contain('two');
  });

  it('kills at the limit all that the program started, though a child holds the pipes', async () => {
    const startedAt = performance.now();

    const end = await runGroup(['sh', '-c', 'sleep 300 & echo $!; wait'], { env, limitMs: 500 });

    expect(end.code).to.equal('SIGKILL after 1 s');
    expect(performance.now() - startedAt).to.be.below(60_000);
    expect(() => process.kill(Number(end.output), 0)).to.throw('ESRCH');
  });
});
