import { expect } from 'chai';
import { type NodeStatus, parseStatus } from '../../../src/cassandra/nodetool-output.ts';
import type { PodTools } from '../../../src/cassandra/pod-tools.ts';
import {
  checkRingIsSettled,
  membersOf,
  type Ring,
  readRing,
  readStatuses,
  ringFingerprint,
  ringOf,
} from '../../../src/cassandra/ring.ts';
import { CainError } from '../../../src/errors.ts';
import { readSample } from '../../support/cassandra-samples.ts';
import { cqlshRows } from '../../support/cqlsh-rows.ts';
import { rejection } from '../../support/error-code.ts';

const { signal } = new AbortController();
const pod = { namespace: 'n', name: 'pod-0', container: 'cassandra', uid: 'u', isReady: true };
const { stdout } = readSample('5.0.9-ring3/status-node-down');
const statuses = parseStatus(stdout);
const place = { data_center: 'dc1', rack: 'r1' };

function members(versions: readonly (string | null)[]) {
  return statuses.map(({ hostId, address }, index) => ({
    host_id: hostId,
    address,
    ...place,
    tokens: [String(index)],
    schema_version: versions[index],
  }));
}

async function read(
  versions: readonly (string | null)[],
  change: (peers: readonly object[]) => readonly object[] = (peers) => peers,
): Promise<Ring> {
  const [first, ...others] = members(versions);
  const peers = change(others.map(({ address: peer, ...rest }) => ({ ...rest, peer })));
  const { address, ...local } = first ?? { address: '' };
  const tools: PodTools = {
    run: async () =>
      new Map([
        ['status', [stdout]],
        ['nodes', [cqlshRows([{ ...local, broadcast_address: address }]) + cqlshRows(peers)]],
      ]),
  };
  return await readRing(tools, pod, signal);
}

describe('readRing', () => {
  it('joins what nodetool and the tables say, and asks only the nodes that are up for their schema', async () => {
    const downAt = statuses.findIndex(({ status }) => status === 'down');
    const versions = statuses.map((_, index) => (index === downAt ? 'old' : 'new'));

    const ring = await read(versions);

    expect(downAt).to.be.at.least(0);
    expect(ring.nodes.map(({ hostId, address }) => [hostId, address])).to.deep.equal(
      statuses.map(({ hostId, address }) => [hostId, address]),
    );
    expect(ring.schemaVersions).to.deep.equal(['new']);
    checkRingIsSettled(ring);
  });

  it('passes over the row that a node left which is no member any more, as drivers do', async () => {
    const ghost = { peer: '10.9.9.9', host_id: null, data_center: null, rack: null, tokens: null };

    const ring = await read(
      statuses.map(() => 'v'),
      (peers) => [...peers, { ...ghost, schema_version: null }, { ...ghost, host_id: 'id', rack: 'r1' }],
    );

    expect(ring.nodes).to.have.lengthOf(statuses.length);
    expect(ring.schemaVersions).to.deep.equal(['v']);
  });

  for (const column of ['host_id', 'data_center', 'rack', 'tokens']) {
    it(`throws where the row of a member lacks its ${column}, and names pod and member`, async () => {
      const [, member] = statuses;
      const half = read(
        statuses.map(() => 'v'),
        ([peer, ...others]) => [{ ...peer, [column]: null }, ...others],
      );

      const error = await rejection(half, 'CAIN_NODE_DOWN');
      expect(error.message).to.contain('pod-0').and.contain(`the member ${member?.address}:`);
      expect(error.retryable).to.equal(true);
    });
  }

  it('throws where a member has no row at all, and asks for none of a node that joins', async () => {
    const [, , member] = statuses;
    const without = () =>
      read(
        statuses.map(() => 'v'),
        (peers) => peers.slice(0, -1),
      );
    const joining = {
      ...member,
      state: 'joining' as const,
      hostId: 'new',
      address: '10.0.0.9',
    } as NodeStatus;

    const error = await rejection(without(), 'CAIN_NODE_DOWN');
    expect(error.message).to.contain(`the member ${statuses.at(-1)?.address}:`);
    expect(() =>
      ringOf(
        [...statuses, joining],
        [members(statuses.map(() => 'v')).map(({ address, ...row }) => ({ ...row, peer: address }))],
        pod,
      ),
    ).not.to.throw();
  });

  it('does not take a member for one that agrees while it has told no schema version', async () => {
    const upAt = statuses.findIndex(({ status }, index) => index > 0 && status === 'up');

    const ring = await read(statuses.map((_, index) => (index === upAt ? null : 'v')));

    expect(upAt).to.be.greaterThan(0);
    expect(() => checkRingIsSettled(ring)).to.throw(CainError, 'do not agree on the schema');
  });
});

describe('readStatuses', () => {
  const known = membersOf([members([]).map(({ address: peer, ...row }) => ({ ...row, peer }))], pod);

  /** What was sent, and what came of it. */
  async function ask(addresses: readonly string[], answer: Readonly<Record<string, string>>) {
    const sent: string[] = [];
    const tools: PodTools = {
      run: async (_, { input, args }) => {
        sent.push(...(args ?? []), Buffer.from(input ?? '').toString());
        return new Map(Object.entries(answer).map(([name, text]) => [name, [text]]));
      },
    };
    const given = known.map((member, index) => ({ ...member, address: addresses[index] ?? member.address }));
    return { sent, statuses: await readStatuses(tools, pod, given, signal) };
  }

  it('takes all for up and normal where the ring is settled', async () => {
    const { sent, statuses: seen } = await ask([], { settled: '' });

    const addresses = statuses.map(({ address }) => address).join(' ');
    expect(sent).to.deep.equal([String(addresses.length), addresses]);
    expect(seen.map(({ status, state, hostId, address }) => [status, state, hostId, address])).to.deep.equal(
      statuses.map(({ hostId, address }) => ['up', 'normal', hostId, address]),
    );
  });

  it('takes what nodetool says where it is not', async () => {
    expect((await ask([], { status: stdout })).statuses).to.deep.equal(statuses);
  });

  it('leaves it to nodetool where an address is no address, or a member only half known', async () => {
    expect((await ask(['$(reboot)'], { status: stdout })).sent).to.deep.equal(['0', '']);
    const [first, ...others] = members([]).map(({ address: peer, ...row }) => ({ ...row, peer }));
    expect(membersOf([[{ ...first, tokens: null }, ...others]], pod)).to.deep.equal([]);
  });
});

describe('checkRingIsSettled', () => {
  for (const state of ['joining', 'leaving', 'moving'] as const) {
    it(`refuses a ring with a node that is ${state}, and names it`, async () => {
      const ring = await read(statuses.map(() => 'v'));
      const changed = {
        ...ring,
        statuses: ring.statuses.map((status, index) => (index === 1 ? { ...status, state } : status)),
      };

      expect(() => checkRingIsSettled(changed))
        .to.throw(CainError, `${statuses[1]?.address} is ${state}`)
        .that.includes({ code: 'CAIN_NODE_DOWN', retryable: true });
    });
  }

  it('refuses nodes that do not agree on the schema', async () => {
    const ring = await read(statuses.map(() => 'v'));

    expect(() => checkRingIsSettled({ ...ring, schemaVersions: ['a', 'b'] }))
      .to.throw(CainError)
      .that.includes({ code: 'CAIN_SCHEMA_CHANGED', retryable: true });
  });
});

describe('ringFingerprint', () => {
  it('is the same whatever the order, and another for other members, tokens, states or versions', async () => {
    const ring = await read(statuses.map(() => 'v'));
    const reversed: Ring = {
      nodes: ring.nodes.toReversed().map((node) => ({ ...node, tokens: node.tokens.toReversed() })),
      statuses: ring.statuses.toReversed(),
      schemaVersions: ring.schemaVersions.toReversed(),
    };
    const others: readonly Ring[] = [
      { ...ring, nodes: ring.nodes.slice(1) },
      { ...ring, nodes: ring.nodes.map((node) => ({ ...node, tokens: [...node.tokens, '7'] })) },
      { ...ring, statuses: ring.statuses.map((status) => ({ ...status, state: 'leaving' as const })) },
      { ...ring, schemaVersions: ['w'] },
    ];

    expect(ringFingerprint(reversed)).to.equal(ringFingerprint(ring));
    expect(new Set([ring, ...others].map(ringFingerprint)).size).to.equal(5);
  });
});
