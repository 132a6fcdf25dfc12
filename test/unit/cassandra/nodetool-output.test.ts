import { expect } from 'chai';
import { parseStatus } from '../../../src/cassandra/nodetool-output.ts';
import { CainError } from '../../../src/errors.ts';
import { readSample } from '../../support/cassandra-samples.ts';

const unreadable = (call: () => unknown, words: RegExp): void => {
  expect(call).to.throw(CainError, words).with.property('code', 'CAIN_OUTPUT_UNREADABLE');
};

const head = [
  'Datacenter: dc1',
  '===============',
  'Status=Up/Down',
  '|/ State=Normal/Leaving/Joining/Moving',
];
const columns = '--  Address    Load      Tokens  Owns  Host ID                               Rack';
const id = 'd18c093c-18f7-4fed-b2e1-a8ddf6b54713';

describe('parseStatus', () => {
  for (const version of ['5.0.9', '4.1.10']) {
    it(`reads a node of ${version}`, () => {
      const [node, ...others] = parseStatus(readSample(`${version}/status`).stdout);

      expect(others).to.deep.equal([]);
      expect(node).to.include({ status: 'up', state: 'normal', rack: 'r1', dataCenter: 'dc1' });
      expect(node?.hostId).to.match(/^[0-9a-f-]{36}$/);
    });
  }

  it('reads the layout of a ring whose nodes have one token each', () => {
    expect(parseStatus(readSample('5.0.9/status-single-token').stdout)).to.deep.equal([
      {
        status: 'up',
        state: 'normal',
        address: '127.0.71.1',
        hostId: '7c921365-9e63-4989-8b60-f99a5a6a4a0b',
        rack: 'r1',
        dataCenter: 'dc1',
      },
    ]);
  });

  it('reads host names in place of addresses', () => {
    expect(parseStatus(readSample('5.0.9/status-r').stdout)[0]?.address).to.equal('localhost');
  });

  it('tells the node that is down', () => {
    const nodes = parseStatus(readSample('5.0.9-ring3/status-node-down').stdout);

    expect(nodes.map(({ address, status }) => [address, status])).to.deep.equal([
      ['127.0.2.1', 'up'],
      ['127.0.2.2', 'up'],
      ['127.0.2.3', 'down'],
    ]);
  });

  it('reads several data centres, every state, unknown loads and ids, and racks with a space', () => {
    const text = [
      ...head,
      columns,
      `UJ  10.0.0.1   ?         16      ?     ${id}  rack 1  `,
      `?L  10.0.0.2   1 bytes   16      ?     null                                  r2  `,
      '',
      'Datacenter: dc 2',
      ...head.slice(1),
      columns,
      `DM  ::1        1.6 KiB   16      50.0% ${id}  r1  `,
      '',
    ].join('\n');

    const nodes = parseStatus(text);

    expect(nodes.map(({ status, state }) => `${status} ${state}`)).to.deep.equal([
      'up joining',
      'down leaving',
      'down moving',
    ]);
    expect(nodes.map(({ rack }) => rack)).to.deep.equal(['rack 1', 'r2', 'r1']);
    expect(nodes.map(({ hostId }) => hostId)).to.deep.equal([id, undefined, id]);
    expect(nodes[2]).to.include({ address: '::1', dataCenter: 'dc 2' });
  });

  it('refuses a line that it does not know, and names it', () => {
    const text = [...head, columns, 'UN  10.0.0.1  and now for something else'].join('\n');

    unreadable(() => parseStatus(text), /something else/);
  });

  it('refuses an error text, nothing at all, and a node before any data centre', () => {
    unreadable(() => parseStatus('\nError: The keyspace nosuch, does not exist\n'), /nosuch/);
    unreadable(() => parseStatus(''), /nodetool status/);
    unreadable(() => parseStatus(`UN  10.0.0.1  1 KiB  16  ?  ${id}  r1`), /10\.0\.0\.1/);
  });
});
