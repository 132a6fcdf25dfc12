import { expect } from 'chai';
import { statusesSince } from '../../../src/cassandra/gossip.ts';
import { parseStatus } from '../../../src/cassandra/nodetool-output.ts';
import { readSample } from '../../support/cassandra-samples.ts';

const pod = { namespace: 'n', name: 'pod-0', container: 'cassandra', uid: 'u', isReady: true };
const statuses = parseStatus(readSample('5.0.9-ring3/status-node-down').stdout);

describe('statusesSince', () => {
  const rowOf = (index: number, text: string | null) => ({
    address: statuses[index]?.address,
    host_id: statuses[index]?.hostId,
    dc: 'dc1',
    rack: 'r1',
    status: null,
    status_with_port: text,
  });
  const quiet = statuses.map((_, index) => rowOf(index, 'NORMAL,-42'));

  it('knows who joins, leaves or moves, and nothing else of what a node may be', () => {
    const states = [
      'BOOT,1',
      'BOOT_REPLACE,10.0.0.1',
      'LEAVING,1',
      'removing,some-id',
      'MOVING,1',
      'NORMAL,1',
      'LEFT,1,2',
      'removed,some-id,2',
      'shutdown,true',
      null,
    ].map((text) => statusesSince(statuses, [...quiet.slice(0, 2), rowOf(2, text)], pod)[2]?.state);

    expect(states).to.deep.equal([
      ...['joining', 'joining', 'leaving', 'leaving', 'moving'],
      ...['normal', undefined, undefined, 'normal', 'normal'],
    ]);
  });

  it('reads the older column where the newer one is empty', () => {
    const [first] = statusesSince(statuses, [{ ...rowOf(0, null), status: 'LEAVING,1' }], pod);

    expect(first?.state).to.equal('leaving');
  });

  it('keeps who is up, and takes in who has begun to join since', () => {
    const stranger = { ...rowOf(0, 'BOOT,7'), address: '10.9.9.9', host_id: 'new' };

    const since = statusesSince(statuses, [...quiet, stranger], pod);

    expect(since.slice(0, -1)).to.deep.equal(statuses);
    expect(since.at(-1)).to.include({ address: '10.9.9.9', hostId: 'new', state: 'joining' });
  });

  it('leaves out who has left since, or was taken out', () => {
    const since = statusesSince(statuses, [rowOf(0, 'LEFT,7,9'), rowOf(1, 'NORMAL,1')], pod);

    expect(since.map(({ hostId }) => hostId)).to.deep.equal([statuses[1]?.hostId]);
  });

  it('leaves out who left before: gossip remembers them for days', () => {
    const gone = { ...rowOf(0, 'LEFT,7,9'), address: '10.9.9.9', host_id: 'gone' };

    expect(statusesSince(statuses, [...quiet, gone], pod)).to.deep.equal(statuses);
  });
});
