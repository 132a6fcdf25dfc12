import { expect } from 'chai';
import { nextAdvice } from '../../../../src/commands/restore/next-advice.ts';
import { originalTool } from '../../../../src/commands/restore/original/original-tool.ts';
import type { RestorePlan } from '../../../../src/commands/restore/restore-plan.ts';

function advise(manifest: object, more: object = {}): string {
  return nextAdvice({
    groups: [{ keyspace: 'shop' }, { keyspace: 'shop' }, { keyspace: 'odd' }],
    manifest: { coverage: 'whole', skewMs: 1234, toolVersion: '1.0.0', ...manifest },
    spread: new Set(['odd']),
    ...more,
  } as unknown as RestorePlan);
}

const everywhere = { spread: new Set(['odd', 'shop']) };

describe('advice after a restore', () => {
  it('is a repair of what came from snapshots of several instants', () => {
    expect(advise({})).to.equal(
      "the nodes' snapshots were taken within 1.2 s of each other, and not at one instant: run `nodetool repair --full shop` soon.",
    );
  });

  it('is nothing where every owner got the files of all replicas of a whole backup', () => {
    expect(advise({}, everywhere)).to.match(/^nothing; .* no repair is needed/);
  });

  it('is a repair after a backup that is less than whole', () => {
    const advice = advise({ coverage: 'quorum' }, everywhere);

    expect(advice).to.contain('run `nodetool repair --full shop odd` soon');
    expect(advice).to.contain('less than whole (quorum)');
  });

  it('tells no time between snapshots that nobody recorded', () => {
    const advice = advise({ toolVersion: originalTool, skewMs: 0 });

    expect(advice).to.contain('nobody knows how far apart');
    expect(advice).not.to.match(/\d s/);
  });

  it('is a repair of the node that was restored alone', () => {
    expect(advise({}, { alone: 'c-1' })).to.contain('`nodetool repair --full shop odd` on c-1');
  });
});
