import { expect } from 'chai';
import { type ClusterView, readClusterView } from '../../../../src/cassandra/cluster-view.ts';
import type { PodTools, ScriptCall } from '../../../../src/cassandra/pod-tools.ts';
import { type ReadState, takeSnapshots } from '../../../../src/commands/backup/take-snapshots.ts';
import { CainError } from '../../../../src/errors.ts';
import { backupRun } from '../../../support/backup-run.ts';
import { cqlshRows } from '../../../support/cqlsh-rows.ts';
import { rejection } from '../../../support/error-code.ts';
import { openMemoryStore } from '../../../support/memory-store.ts';

const nodes: Readonly<Record<string, readonly string[]>> = { 'pod-0': ['/data'], 'pod-1': ['/data'] };
const name = 'cain-20260101000000';

/** What the cluster says of itself; a test changes it as it likes. */
interface World {
  /** Columns of shop.users by name. */
  columns: string[];
  tokens: string[];
  schemaVersion: string;
  otherSchemaVersion: string;
  /** As `nodetool status` prints it: UN, UJ, UL, UM, DN. */
  otherState: string;
  tableId: string;
}

function statusOf({ otherState }: World): string {
  const line = (state: string, address: string, host: string) =>
    `${state}  ${address}  75.32 KiB  16  100.0%  ${host}  r1`;
  return [
    'Datacenter: dc1',
    '===============',
    'Status=Up/Down',
    '|/ State=Normal/Leaving/Joining/Moving',
    '--  Address  Load  Tokens  Owns (effective)  Host ID  Rack',
    line('UN', '10.0.0.1', '00000000-0000-0000-0000-000000000001'),
    line(otherState, '10.0.0.2', '00000000-0000-0000-0000-000000000002'),
    '',
  ].join('\n');
}

const gossipStates: Readonly<Record<string, string>> = { J: 'BOOT', L: 'LEAVING', M: 'MOVING', N: 'NORMAL' };

function gossipOf({ otherState }: World): object[] {
  return ['N', otherState[1] ?? ''].map((state, index) => ({
    address: `10.0.0.${index + 1}`,
    host_id: `00000000-0000-0000-0000-00000000000${index + 1}`,
    dc: 'dc1',
    rack: 'r1',
    status: null,
    status_with_port: `${gossipStates[state]},-42`,
  }));
}

function answers(
  world: World,
  asked: readonly string[] = [],
): Record<string, Record<string, string | string[]>> {
  const member = (end: number, schema_version: string) => ({
    host_id: `00000000-0000-0000-0000-00000000000${end}`,
    data_center: 'dc1',
    rack: 'r1',
    tokens: world.tokens.map((token) => `${token}${end}`),
    schema_version,
  });
  const schema = [
    [
      { keyspace_name: 'shop', replication: { class: 'SimpleStrategy', replication_factor: '2' } },
      { keyspace_name: 'system', replication: { class: 'LocalStrategy' } },
    ],
    [{ keyspace_name: 'shop', table_name: 'users', id: world.tableId }],
    [],
    world.columns.map((column_name) => ({
      keyspace_name: 'shop',
      table_name: 'users',
      column_name,
      kind: 'regular',
      position: -1,
      type: 'int',
    })),
    ...Array.from({ length: 6 }, () => []),
  ];
  const rolesAsked = asked.filter((statement) => statement.includes('system_auth'));
  const tables = [
    [{ ...member(1, world.schemaVersion), broadcast_address: '10.0.0.1' }],
    [{ ...member(2, world.otherSchemaVersion), peer: '10.0.0.2' }],
    ...schema,
  ];
  return {
    'Reading ring and schema': { status: statusOf(world), tables: tables.map(cqlshRows).join('') },
    'Reading ring and schema again': {
      tables: [gossipOf(world), ...tables, ...rolesAsked.map(() => [{ role: 'reader' }])]
        .map(cqlshRows)
        .join(''),
    },
    'Describing the keyspaces': { description: [`CREATE KEYSPACE shop; -- ${world.columns}`] },
    'Taking the snapshot': { taken: '' },
    'Clearing snapshots': { left: '' },
  };
}

function toolsOf(world: World): PodTools {
  return {
    async run(_pod, call) {
      const sections = Object.entries(answers(world, call.args)[call.purpose] ?? {});
      return new Map(sections.map(([section, text]) => [section, [text].flat()]));
    },
  };
}

const pod = { namespace: 'n', name: 'pod-0', container: 'cassandra', uid: 'u', isReady: true };

describe('takeSnapshots', () => {
  let world: World;
  let calls: string[];
  /** Called before each answer; may change the world or throw. */
  let onCall: (pod: string, call: ScriptCall) => void;
  let whileCalling: () => Promise<void>;

  beforeEach(() => {
    world = {
      columns: ['a'],
      tokens: ['1'],
      schemaVersion: 'v1',
      otherSchemaVersion: 'v1',
      otherState: 'UN',
      tableId: '01234567-89ab-cdef-0123-456789abcdef',
    };
    calls = [];
    onCall = () => {};
    whileCalling = async () => {};
  });

  function start(
    beforeSnapshot: (state: ReadState) => Promise<void> = async () => {},
    pods = nodes,
    view?: ClusterView,
  ) {
    const tools: PodTools = {
      async run(pod, call) {
        call.signal.throwIfAborted();
        onCall(pod.name, call);
        calls.push(`${pod.name}: ${call.purpose}`);
        await whileCalling();
        const sections = Object.entries(answers(world, call.args)[call.purpose] ?? {});
        return new Map(sections.map(([section, text]) => [section, [text].flat()]));
      },
    };
    const run = backupRun({ store: openMemoryStore(), nodes: pods, tools });
    Object.assign(run.survey, { view });
    return { run, taking: takeSnapshots(run, beforeSnapshot) };
  }
  const count = (purpose: string) => calls.filter((call) => call.endsWith(purpose)).length;
  /** How often ring and schema were read, how often read again, and how many snapshots were taken. */
  const counts = () =>
    ['Reading ring and schema', 'Reading ring and schema again', 'Taking the snapshot'].map(count);
  /** Changes the world while the n-th round of snapshots is taken. */
  function changeDuring(rounds: readonly number[], change: () => void): void {
    onCall = (pod, { purpose }) => {
      const round = count('pod-0: Taking the snapshot') + 1;
      if (purpose === 'Taking the snapshot' && pod === 'pod-0' && rounds.includes(round)) change();
    };
  }

  it('snapshots every node once the state was read, and reads it again', async () => {
    let before: ReadState | undefined;
    const { taking } = start(async (state) => {
      expect(count('Taking the snapshot')).to.equal(0);
      before = state;
    });

    const state = await taking;

    expect(counts()).to.deep.equal([1, 1, 2]);
    expect(count('Clearing snapshots')).to.equal(0);
    expect(state.keyspaces.map((keyspace) => keyspace.name)).to.deep.equal(['shop']);
    expect(state.ring.nodes).to.have.length(2);
    expect(before?.descriptions).to.deep.equal(state.descriptions);
  });

  it('takes what the survey saw for the first time, and reads anew what changed since then', async () => {
    const view = await readClusterView(toolsOf(world), pod, new AbortController().signal);
    const still = await start(async () => {}, nodes, view).taking;
    expect(still.ring).to.deep.equal(view.ring);
    expect(counts()).to.deep.equal([0, 1, 2]);

    calls = [];
    world.columns.push('b');
    await start(async () => {}, nodes, view).taking;
    expect(counts()).to.deep.equal([1, 2, 4]);
  });

  it('reads anew what the survey saw of a ring that was changing', async () => {
    const moving = await readClusterView(
      toolsOf({ ...world, otherState: 'UJ' }),
      pod,
      new AbortController().signal,
    );

    await start(async () => {}, nodes, moving).taking;

    expect(counts()).to.deep.equal([1, 1, 2]);
  });

  it('has not more execs open at once than an API server bears', async () => {
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`pod-${index}`, ['/data']]));
    let open = 0;
    let mostOpen = 0;
    whileCalling = async () => {
      mostOpen = Math.max(mostOpen, ++open);
      await new Promise(setImmediate);
      open--;
    };

    await start(async () => {}, many).taking;

    expect(count('Taking the snapshot')).to.equal(100);
    expect(mostOpen).to.equal(64);
  });

  const changes: ReadonlyArray<[what: string, change: () => void]> = [
    ['a column', () => world.columns.push(`c${world.columns.length}`)],
    ['a token', () => world.tokens.push(String(world.tokens.length + 1))],
    [
      'the schema version',
      () => {
        world.schemaVersion += '+';
        world.otherSchemaVersion = world.schemaVersion;
      },
    ],
    [
      'a table that was dropped and made again',
      () => {
        world.tableId = world.tableId.replace(/^./, (digit) => String((Number(digit) + 1) % 10));
      },
    ],
  ];
  for (const [what, change] of changes) {
    it(`takes them anew when this changed meanwhile: ${what}`, async () => {
      changeDuring([1], change);
      const seen: string[] = [];
      const { run, taking } = start(async ({ fingerprint }) => void seen.push(fingerprint));

      await taking;

      expect(count('Taking the snapshot')).to.equal(4);
      expect(count('Clearing snapshots')).to.equal(2);
      expect(new Set(seen).size).to.equal(2);
      expect(run.log.messages('warn')).to.have.length(1);
    });
  }

  for (const state of ['UJ', 'UL', 'UM']) {
    it(`takes none anew before the ring is settled, when meanwhile a node became ${state}`, async () => {
      changeDuring([1], () => {
        world.otherState = state;
      });
      const tellsOnce = onCall;
      onCall = (pod, call) => {
        tellsOnce(pod, call);
        if (call.purpose === 'Reading ring and schema' && count('Clearing snapshots') === 2)
          world.otherState = 'UN';
      };

      await start().taking;

      expect(counts()).to.deep.equal([2, 2, 4]);
      expect(count('Clearing snapshots')).to.equal(2);
    });
  }

  it('reads the roles with what it reads again', async () => {
    expect((await start().taking).roles).to.deep.equal(Array(4).fill([{ role: 'reader' }]));
  });

  it('asks for no roles where a setting says so', async () => {
    const { run, taking } = start();
    Object.assign(run.context.settings, { roles: false });

    expect(await taking).not.to.have.property('roles');
    expect(counts()).to.deep.equal([1, 1, 2]);
  });

  for (const code of ['CAIN_CASSANDRA_ACCESS', 'CAIN_EXEC_FAILED', 'CAIN_OUTPUT_UNREADABLE'] as const) {
    it(`does not fail for want of the roles: ${code}`, async () => {
      onCall = (_, { purpose, args = [] }) => {
        if (purpose === 'Reading ring and schema again' && args.join().includes('system_auth'))
          throw new CainError(code, 'roles');
      };

      expect(await start().taking).not.to.have.property('roles');
      expect(counts()).to.deep.equal([1, 1, 2]);
    });
  }

  it('asks nodetool again of a Cassandra 4.0, which has no table of gossip', async () => {
    const { run, taking } = start();
    const [first] = run.survey.nodes;
    Object.assign(first ?? {}, { releaseVersion: '4.0.17' });

    await taking;

    expect(counts()).to.deep.equal([2, 0, 2]);
  });

  it('gives up after three rounds, with nothing left', async () => {
    changeDuring([1, 2, 3], () => world.columns.push(`c${world.columns.length}`));
    const { taking } = start();

    const error = await rejection(taking, 'CAIN_SCHEMA_CHANGED');

    expect(error.retryable).to.equal(true);
    expect(count('Taking the snapshot')).to.equal(6);
    expect(count('Clearing snapshots')).to.equal(6);
  });

  it('waits while the nodes do not agree on the schema', async () => {
    world.otherSchemaVersion = 'v0';
    onCall = (_, { purpose }) => {
      if (purpose === 'Reading ring and schema' && count('Reading ring and schema') === 1)
        world.otherSchemaVersion = 'v1';
    };

    await start().taking;

    expect(count('Taking the snapshot')).to.equal(2);
  });

  it('takes no snapshot of a ring that is changing, until it is told to stop', async () => {
    world.otherState = 'UJ';
    const controller = new AbortController();
    const tools: PodTools = {
      async run(pod, call) {
        calls.push(`${pod.name}: ${call.purpose}`);
        if (count('Reading ring and schema') === 2)
          controller.abort(new CainError('CAIN_TERMINATED', 'stop'));
        const sections = Object.entries(answers(world, call.args)[call.purpose] ?? {});
        return new Map(sections.map(([section, text]) => [section, [text].flat()]));
      },
    };
    const run = backupRun({ store: openMemoryStore(), nodes, tools, signal: controller.signal });

    const error = await takeSnapshots(run, async () => {}).catch((caught: unknown) => caught);

    expect(error).to.be.instanceOf(CainError);
    expect(count('Taking the snapshot')).to.equal(0);
  });

  it('takes nothing when it is vetoed', async () => {
    const veto = new CainError('CAIN_COVERAGE', 'too few');
    const { taking } = start(() => Promise.reject(veto));

    expect(await taking.catch((error: unknown) => error)).to.equal(veto);
    expect(count('Taking the snapshot')).to.equal(0);
  });

  it('waits for the other nodes before it fails with the one that failed: none goes on behind its back', async () => {
    const failure = new CainError('CAIN_EXEC_FAILED', 'no room');
    onCall = (pod, { purpose }) => {
      if (purpose === 'Taking the snapshot' && pod === 'pod-0') throw failure;
    };

    expect(await start().taking.catch((error: unknown) => error)).to.equal(failure);
    expect(calls).to.include('pod-1: Taking the snapshot');
  });

  it('names tag and chosen keyspaces to nodetool', async () => {
    const args: Array<readonly string[] | undefined> = [];
    onCall = (_, call) => {
      if (call.purpose === 'Taking the snapshot') args.push(call.args);
    };

    await start().taking;

    expect(args).to.deep.equal([
      ['snapshot', name, '48h', '--', 'shop'],
      ['snapshot', name, '48h', '--', 'shop'],
    ]);
  });
});
