import { expect } from 'chai';
import {
  logLines,
  onOneLine,
  percentOf,
  textOfFact,
  withoutControls,
} from '../../../src/logging/text-lines.ts';

const line = (message: string, fields: Record<string, unknown>) =>
  logLines({ kind: 'log', time: new Date(0), level: 'info', message, fields });

describe('logLines', () => {
  it('puts the facts behind the message', () => {
    expect(line('Uploaded file', { pod: 'cassandra-0', bytes: 1536, tookMs: 4200, files: 3 })).to.deep.equal([
      'Uploaded file  pod=cassandra-0 bytes=1.5 KiB tookMs=4.2 s files=3',
    ]);
  });

  it('quotes what holds spaces, and shows lists and records', () => {
    expect(line('A', { cluster: 'Test Cluster', list: ['a', 1], none: null })).to.deep.equal([
      'A  cluster="Test Cluster" list=["a",1] none=null',
    ]);
  });

  it('tells an error below, with hint, causes and clean-up errors', () => {
    const error = {
      code: 'CAIN_EXEC_FAILED',
      message: 'nodetool failed',
      hint: 'Look at the log.',
      pod: 'cassandra-0',
      cause: { message: 'socket closed', cause: { name: 'TypeError', code: 'E1', message: 'bad' } },
      cleanupErrors: [{ message: 'no room' }, 'odd'],
      stack: 'Error: nodetool failed\n    at here',
    };

    expect(line('Backup failed', { error, exitCode: 1 })).to.deep.equal([
      'Backup failed  exitCode=1',
      'CAIN_EXEC_FAILED: nodetool failed  pod=cassandra-0',
      'hint: Look at the log.',
      '    at here',
      'caused by: socket closed',
      'caused by: TypeError E1: bad',
      'cleaning up failed too: no room',
      'cleaning up failed too: odd',
    ]);
  });
});

describe('textOfFact', () => {
  it('reads units from names', () => {
    expect(textOfFact('uploadedBytes', 2048)).to.equal('2.0 KiB');
    expect(textOfFact('bytesPerSecond', 2048)).to.equal('2.0 KiB/s');
    expect(textOfFact('waitedMs', 2000)).to.equal('2.0 s');
    expect(textOfFact('count', 2048)).to.equal('2048');
  });
});

describe('percentOf', () => {
  it('says 100 only when all is done', () => {
    expect(
      [
        [0, 0],
        [0, 10],
        [999, 1000],
        [1000, 1000],
        [-1, 10],
        [11, 10],
      ].map(([done = 0, total = 0]) => percentOf(done, total)),
    ).to.deep.equal([100, 0, 99, 100, 0, 100]);
  });
});

describe('withoutControls', () => {
  it('shows what would move the cursor, and drops carriage returns', () => {
    expect(withoutControls('a\u001b[2Jb\r\nc\td')).to.equal('a\\x1b[2Jb\nc\td');
  });

  it('shows what would turn a line round, and begin another one', () => {
    expect(withoutControls('a\u202eb\u2028c\u009b31m')).to.equal('a\\u202eb\\u2028c\\x9b31m');
  });
});

describe('onOneLine', () => {
  it('lets a name neither begin another line nor pass for another column', () => {
    expect(onOneLine('key\n20260101000000  whole\tx')).to.equal('key\\n20260101000000  whole\\tx');
  });
});
