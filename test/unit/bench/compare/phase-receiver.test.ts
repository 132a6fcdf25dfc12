import { expect } from 'chai';
import { parsePhases, startPhaseReceiver } from '../../../../bench/compare/phase-receiver.ts';

const pushed = [
  '# TYPE cain_backup_phase_duration_seconds gauge',
  'cain_backup_phase_duration_seconds{phase="preflight"} 1.5',
  'cain_backup_phase_duration_seconds{phase="transfer",plan="default"} 12.25',
  'cain_restore_phase_duration_seconds{phase="stage"} 3',
  'cain_backup_duration_seconds 20',
  '',
].join('\n');

describe('parsePhases', () => {
  it('finds each phase with its seconds', () => {
    expect([...parsePhases(pushed)]).to.deep.equal([
      ['preflight', 1.5],
      ['transfer', 12.25],
      ['stage', 3],
    ]);
  });
});

describe('startPhaseReceiver', () => {
  it('keeps what is pushed until it is taken', async () => {
    const receiver = await startPhaseReceiver();
    try {
      const { status } = await fetch(`${receiver.url}/metrics/job/cain`, { method: 'POST', body: pushed });

      expect(status).to.equal(200);
      expect(receiver.take().get('transfer')).to.equal(12.25);
      expect(receiver.take().size).to.equal(0);
    } finally {
      await receiver.close();
    }
  });
});
