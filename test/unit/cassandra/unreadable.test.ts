import { expect } from 'chai';
import { unreadableOutput } from '../../../src/cassandra/unreadable.ts';

describe('unreadableOutput', () => {
  it('names the tool and quotes the line', () => {
    const error = unreadableOutput('nodetool status', 'what\tis this');

    expect(error.code).to.equal('CAIN_OUTPUT_UNREADABLE');
    expect(error.message).to.equal('Output of nodetool status has an unknown form: "what\\tis this"');
  });

  it('cuts long lines', () => {
    expect(unreadableOutput('cqlsh', 'x'.repeat(10_000)).message.length).to.be.below(300);
  });
});
