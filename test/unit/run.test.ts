import { expect } from 'chai';
import type { CommandName } from '../../src/command-names.ts';
import type { Command, CommandContext } from '../../src/commands/context.ts';
import { CainError, midRun } from '../../src/errors.ts';
import { run } from '../../src/run.ts';

interface Given {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly execute?: Command;
}

async function runWith({
  args = [],
  env = {},
  signal = new AbortController().signal,
  execute = async () => {},
}: Given) {
  const stdout: string[] = [];
  const stderr: string[] = [];
  const loaded: CommandName[] = [];
  const exitCode = await run({
    args,
    env: { CAIN_DST: 's3://bucket/prefix', ...env },
    readFile: () => 'from-a-file\n',
    stdout: { write: (text) => stdout.push(text) },
    stderr: { write: (text) => stderr.push(text) },
    isTerminal: false,
    now: () => new Date(0),
    signal,
    async loadCommand(name) {
      loaded.push(name);
      return execute;
    },
  });
  return {
    exitCode,
    loaded,
    stdout: stdout.join(''),
    stderr: stderr.join(''),
    lines: stderr.map((line): Record<string, unknown> => JSON.parse(line)),
  };
}

describe('run', () => {
  it('runs the command that is asked for, with its settings', async () => {
    let context: CommandContext | undefined;
    const { exitCode, loaded, stderr } = await runWith({
      args: ['prune', '--keep-last', '3'],
      env: { KUBECONFIG: '/kube/config', HOME: '/home/cain' },
      execute: async (given) => {
        context = given;
      },
    });

    expect({ exitCode, loaded, stderr }).to.deep.equal({ exitCode: 0, loaded: ['prune'], stderr: '' });
    expect(context?.settings.keepLast).to.equal(3);
    expect(context?.environment).to.deep.equal({ kubeconfig: '/kube/config', home: '/home/cain' });
  });

  it('prints to stdout and logs to stderr', async () => {
    const { stdout, lines } = await runWith({
      execute: async ({ print, log }) => {
        log.info('Working');
        print('result');
      },
    });

    expect(stdout).to.equal('result\n');
    expect(lines[0]).to.include({ message: 'Working', command: 'backup' });
  });

  it('prints help without reading settings', async () => {
    const { exitCode, loaded, stdout } = await runWith({
      args: ['restore', '--help'],
      env: { CAIN_PARALLEL: 'x' },
    });

    expect({ exitCode, loaded }).to.deep.equal({ exitCode: 0, loaded: [] });
    expect(stdout).to.contain('Usage: cain restore [flags]');
  });

  it('tells wrong settings once, with exit code 2, before any command is loaded', async () => {
    const { exitCode, loaded, lines } = await runWith({ env: { CAIN_PARALLEL: 'x' } });

    expect({ exitCode, loaded }).to.deep.equal({ exitCode: 2, loaded: [] });
    expect(lines).to.have.length(1);
    expect(lines[0]).to.deep.include({ level: 'error', message: 'Backup failed', exitCode: 2 });
    expect(lines[0]?.error).to.include({ code: 'CAIN_SETTINGS' });
  });

  it('tells an unknown command, with exit code 2', async () => {
    const { exitCode, lines } = await runWith({ args: ['bakcup'] });

    expect(exitCode).to.equal(2);
    expect(lines[0]?.error).to.include({ code: 'CAIN_USAGE' });
  });

  it('answers `cain version` in any environment', async () => {
    expect(
      (await runWith({ args: ['version'], env: { CAIN_PARALLEL: 'x', CAIN_NONSENSE: '1' } })).exitCode,
    ).to.equal(0);
  });

  it('warns of obsolete settings', async () => {
    const { exitCode, lines } = await runWith({ env: { CAIN_BUFFER_SIZE: '6.75' } });

    expect(exitCode).to.equal(0);
    expect(lines[0]).to.include({ level: 'warn' });
    expect(lines[0]?.warning).to.match(/^CAIN_BUFFER_SIZE is obsolete/);
  });

  it("maps an error to its exit code, and tells it once with hint, cause and clean-up errors, under the run's tag", async () => {
    const error = new CainError('CAIN_LOCKED', 'The Lease is held', {
      hint: 'Wait.',
      cause: new Error('409'),
    });
    error.cleanupErrors.push(new Error('no room'));

    const { exitCode, lines } = await runWith({
      execute: async ({ setTag }) => {
        setTag('20250131020000');
        throw error;
      },
    });

    expect(exitCode).to.equal(4);
    expect(lines).to.deep.equal([
      {
        time: '1970-01-01T00:00:00.000Z',
        level: 'error',
        message: 'Backup failed',
        command: 'backup',
        tag: '20250131020000',
        error: {
          code: 'CAIN_LOCKED',
          message: 'The Lease is held',
          hint: 'Wait.',
          cause: { message: '409' },
          cleanupErrors: [{ message: 'no room' }],
        },
        exitCode: 4,
      },
    ]);
  });

  it('lets the Job try again what is refused in the middle of a run, and not what preflight is refused', async () => {
    const refused = (code: 'CAIN_STORE_ACCESS' | 'CAIN_PREFLIGHT') => new CainError(code, 'refused');
    const exitOf = async (error: unknown) =>
      (
        await runWith({
          execute: async () => {
            throw error;
          },
        })
      ).exitCode;

    expect(await exitOf(refused('CAIN_STORE_ACCESS'))).to.equal(3);
    expect(await exitOf(midRun(refused('CAIN_STORE_ACCESS')))).to.equal(1);
    expect(await exitOf(midRun(refused('CAIN_PREFLIGHT')))).to.equal(3);
  });

  it('ends with 1 on what nobody foresaw, and asks for a report', async () => {
    const { exitCode, lines } = await runWith({
      execute: async () => {
        throw new TypeError('x is not a function');
      },
    });

    expect(exitCode).to.equal(1);
    expect(lines[0]?.error).to.deep.include({ name: 'TypeError' });
    expect(lines[1]?.message).to.contain('please report it');
  });
});

describe('run and signals', () => {
  const signals = [
    ['CAIN_INTERRUPTED', 130],
    ['CAIN_TERMINATED', 143],
  ] as const;
  for (const [code, wanted] of signals) {
    it(`ends with ${wanted} when a command stops for ${code}`, async () => {
      const stop = new AbortController();

      const { exitCode, lines } = await runWith({
        signal: stop.signal,
        execute: async ({ signal }) => {
          stop.abort(new CainError(code, 'Stopped'));
          signal.throwIfAborted();
        },
      });

      expect(exitCode).to.equal(wanted);
      expect(lines[0]?.error).to.deep.equal({ code, message: 'Stopped' });
    });
  }

  it('ends with the signal however the stop looked from inside, and attaches what went wrong on the way', async () => {
    const stop = new AbortController();
    const reason = new CainError('CAIN_TERMINATED', 'Stopped by SIGTERM');
    stop.abort(reason);

    const asAbort = await runWith({
      signal: stop.signal,
      execute: async () => {
        throw new DOMException('aborted', 'AbortError');
      },
    });
    const asOther = await runWith({
      signal: stop.signal,
      execute: async () => {
        throw new Error('socket closed');
      },
    });

    expect([asAbort.exitCode, asOther.exitCode]).to.deep.equal([143, 143]);
    expect(asAbort.lines[0]?.error).to.not.have.property('cleanupErrors');
    expect(asOther.lines[0]?.error).to.deep.include({ cleanupErrors: [{ message: 'socket closed' }] });
  });

  it('ends with 0 when the command was done before it could stop', async () => {
    const stop = new AbortController();
    stop.abort(new CainError('CAIN_TERMINATED', 'Stopped by SIGTERM'));

    expect((await runWith({ signal: stop.signal })).exitCode).to.equal(0);
  });
});

describe('run and secrets', () => {
  it('leaves the schema and the list as they are, whatever password occurs in them', async () => {
    for (const command of ['schema', 'list']) {
      const { stdout, stderr } = await runWith({
        args: [command],
        env: { CAIN_CASSANDRA_PASSWORD: 'orders', CAIN_KEYSPACE: 'shop' },
        execute: async ({ print, log }) => {
          print('CREATE TABLE orders');
          log.info('orders');
        },
      });

      expect(stdout).to.equal('CREATE TABLE orders\n');
      expect(stderr).to.not.contain('orders');
    }
  });

  it('does not strike what anybody can guess, and says so', async () => {
    const { stdout, stderr, lines } = await runWith({
      env: {
        CAIN_CASSANDRA_USERNAME: 'reader',
        CAIN_CASSANDRA_PASSWORD: 'cassandra',
        CAIN_JMX_USERNAME: 'monitor',
        CAIN_JMX_PASSWORD: 'reader',
      },
      execute: async ({ print, log }) => {
        log.info('Pod cassandra-0, role reader');
        print('/var/lib/cassandra');
      },
    });

    expect(stdout).to.equal('/var/lib/cassandra\n');
    expect(stderr).to.not.contain('***');
    expect(lines.filter(({ level }) => level === 'warn')).to.have.length(1);
    expect(lines[0]?.warning).to.match(/^CAIN_CASSANDRA_PASSWORD and CAIN_JMX_PASSWORD: /);
  });

  it('strikes them from the log, from what is printed and from the error', async () => {
    const env = {
      CAIN_CASSANDRA_PASSWORD: 'marker-one',
      CAIN_JMX_USERNAME: 'u',
      CAIN_JMX_PASSWORD_FILE: '/run/secrets/jmx',
      AWS_SECRET_ACCESS_KEY: 'marker-two',
      AWS_SESSION_TOKEN: 'marker-three',
      CAIN_LOG_LEVEL: 'debug',
    };
    const all = 'marker-one from-a-file marker-two marker-three marker-four';

    const { stdout, stderr } = await runWith({
      env,
      execute: async ({ log, print, registerSecret }) => {
        registerSecret('marker-four');
        log.info(all, { field: all });
        print(all);
        throw new CainError('CAIN_STORE', all, { hint: all, cause: new Error(all), fields: { all } });
      },
    });

    expect(stdout).to.equal('*** *** *** *** ***\n');
    expect(stderr)
      .to.contain('"stack"')
      .and.not.to.match(/marker|from-a-file/);
  });
});
