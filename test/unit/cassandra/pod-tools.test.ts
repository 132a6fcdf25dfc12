import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Logins } from '../../../src/cassandra/logins.ts';
import {
  createPodTools,
  type PodTools,
  type PodToolsOptions,
  sectionOf,
} from '../../../src/cassandra/pod-tools.ts';
import { quickNodetool } from '../../../src/cassandra/quick-nodetool.ts';
import { connectKubernetes } from '../../../src/kubernetes/client.ts';
import { type BarePods, startBarePods } from '../../support/embedded/bare-pods.ts';
import { waitUntil } from '../../support/embedded/wait-until.ts';
import { rejection } from '../../support/error-code.ts';
import { type RecordingLog, recordLog } from '../../support/recording-log.ts';

const never = new AbortController().signal;
const pod = { namespace: 'cassandra', name: 'cassandra-0', container: 'cassandra', uid: 'u', isReady: true };
const noLogins: Logins = { cql: {}, jmx: {} };
/** Characters that a shell, a configuration file or a list of arguments may trip over. */
const secret = `p'a"s$s\`w%d #;{}\\`;
const logins: Logins = {
  cql: { username: 'reader', password: secret, tls: { ca: Buffer.from('the authority') } },
  jmx: {
    username: 'monitor',
    password: 'jmx-secret',
    tls: { truststore: { bytes: Buffer.from([0, 1, 255]), password: 'store-secret' } },
  },
};
const listFolders = 'section folders\nls -d /dev/shm/cain-logins-* 2>/dev/null\nexit 0';

describe('createPodTools', () => {
  let pods: BarePods;
  let log: RecordingLog;

  before(async () => {
    pods = await startBarePods(1);
    // What the tools saw lies in the pod's home.
    program(
      'nodetool',
      'ps -eo args > "$HOME/processes"; printf "%s\\n" "$@" > "$HOME/arguments"; echo version 5',
    );
    program(
      'cqlsh',
      `ps -eo args > "$HOME/processes"; cp "\${1#*=}" "$HOME/cqlshrc" 2>/dev/null; echo rows; exit 0`,
    );
    program('python3', 'exit 0');
  });
  after(() => pods?.stop());
  beforeEach(() => {
    log = recordLog();
  });
  afterEach(() => {
    expect(pods.kubernetes.faults.unhit()).to.deep.equal([]);
    pods.kubernetes.faults.clear();
    for (const name of ['processes', 'arguments', 'cqlshrc']) rmSync(home(name), { force: true });
  });

  function program(name: string, body: string): void {
    const path = join(pods.dir, 'cassandra-0', 'bin', name);
    mkdirSync(join(pods.dir, 'cassandra-0', 'bin'), { recursive: true });
    writeFileSync(path, `#!/bin/sh\n${body}\n`);
    chmodSync(path, 0o755);
  }
  function home(name: string): string {
    return join(pods.dir, 'cassandra-0', 'home', name);
  }
  function open(changes: Partial<PodToolsOptions> = {}): PodTools {
    const { exec } = connectKubernetes({ kubeconfig: pods.kubeconfigFile });
    const base = { exec, logins: noLogins, limitMs: 10_000, stallMs: 5_000, retries: 1, log };
    return createPodTools({ ...base, ...changes });
  }
  async function folders(): Promise<readonly string[]> {
    const sections = await open().run(pod, { purpose: 'Looking', body: listFolders, signal: never });
    return sectionOf(sections, 'folders').split('\n').filter(Boolean);
  }

  it('gives the sections byte for byte, arguments as they are, and input', async () => {
    const body = `
section args
printf '<%s>' "$@"
section input
head -c 5
section blank
`;
    const args = ["it's", '$HOME `x`', '', 'a\nb', '*'];

    const sections = await open().run(pod, {
      purpose: 'Trying',
      body,
      args,
      input: Buffer.from('12345'),
      signal: never,
    });

    expect(sectionOf(sections, 'args')).to.equal(args.map((arg) => `<${arg}>`).join(''));
    expect(sectionOf(sections, 'input')).to.equal('12345');
    expect(sectionOf(sections, 'blank')).to.equal('');
    expect(() => sectionOf(sections, 'none')).to.throw('no section "none"');
  });

  it("fails with the tool's own words, which a retry would not change", async () => {
    const body =
      'echo "Picked up JAVA_TOOL_OPTIONS: -Xfoo" >&2; echo "error: Snapshot a already exists." >&2; exit 2';
    const callsBefore = pods.kubernetes.exec.calls.length;

    const error = await rejection(
      open().run(pod, { purpose: 'Taking the snapshot', body, signal: never }),
      'CAIN_EXEC_FAILED',
    );

    expect(error.message).to.equal(
      'Taking the snapshot failed in pod cassandra-0 (exit code 2): error: Snapshot a already exists.',
    );
    expect(pods.kubernetes.exec.calls.length - callsBefore).to.equal(1);
  });

  it('calls again what was cut, unless told that this does harm', async () => {
    const call = { purpose: 'Reading', body: 'section a', signal: never };

    pods.kubernetes.faults.add({ match: () => true, kind: 'cut' });
    const sections = await open().run(pod, call);
    pods.kubernetes.faults.add({ match: () => true, kind: 'cut' });
    await rejection(open().run(pod, { ...call, isRepeatable: false }), 'CAIN_EXEC_CUT');

    expect(sectionOf(sections, 'a')).to.equal('');
    expect(log.messages('warn')).to.deep.equal(['Exec failed and is tried again']);
  });

  it('calls again what was refused and so never began, also where a second call would do harm', async () => {
    const { exec } = connectKubernetes({ kubeconfig: pods.kubeconfigFile });
    const opened = exec.exec.bind(exec);
    let calls = 0;
    exec.exec = async (...args: Parameters<typeof opened>) => {
      if (++calls === 1) throw new Error('Unexpected server response: 500');
      return await opened(...args);
    };

    await open({ exec }).run(pod, {
      purpose: 'Taking',
      body: 'section a',
      signal: never,
      isRepeatable: false,
    });

    expect(log.messages('warn')).to.deep.equal(['Exec failed and is tried again']);
  });

  it('does not take output for whole whose tail was lost, though the status says Success', async () => {
    const body = 'section description\necho CREATE KEYSPACE; echo CREATE TABLE';
    const call = { purpose: 'Describing', body, signal: never };
    pods.kubernetes.faults.add({ match: () => true, kind: 'truncate-with-success', afterBytes: 30 });

    const error = await rejection(open({ retries: 0 }).run(pod, call), 'CAIN_EXEC_CUT');
    pods.kubernetes.faults.add({ match: () => true, kind: 'truncate-with-success', afterBytes: 30 });
    const sections = await open().run(pod, call);

    expect(error.retryable).to.equal(true);
    expect(sectionOf(sections, 'description')).to.equal('CREATE KEYSPACE\nCREATE TABLE\n');
  });

  it('takes output that ends early for whole where the script itself ended it', async () => {
    const sections = await open().run(pod, { purpose: 'Trying', body: 'section a\nexit 0', signal: never });

    expect(sectionOf(sections, 'a')).to.equal('');
  });

  it('sends along what stands in for nodetool where nodetool is called, unless JMX speaks TLS', async () => {
    const sizes: string[] = [];
    for (const [body, options] of [
      ['nodetool_ status', {}],
      ['true', {}],
      ['nodetool_ status', { logins }],
    ] as const) {
      await open(options).run(pod, { purpose: 'Trying', body, signal: never });
      sizes.push(pods.kubernetes.exec.calls.at(-1)?.command[6] ?? '');
    }

    expect(sizes).to.deep.equal([String(quickNodetool().length), '0', '0']);
  });

  describe('with logins', () => {
    it('hands them to the tools, and shows them to nobody in the process list', async () => {
      const body =
        'nodetool_ status >/dev/null || exit\nsection cql\ncqlsh_ "SELECT 1" || exit\nls -ld "$folder"; ls -l "$folder"';

      const sections = await open({ logins }).run(pod, { purpose: 'Trying', body, signal: never });

      const files = sectionOf(sections, 'cql');
      expect(files).to.contain('drwx------').and.contain('-rw-------').and.not.contain('-rw-r');
      const rc = readFileSync(home('cqlshrc'), 'utf8');
      expect(rc).to.contain(`username = reader\npassword = ${secret}\n`);
      expect(rc).to.match(/certfile = \/(dev\/shm|tmp)\/cain-logins-\d+\/ca\.pem\n/);
      expect(readFileSync(home('arguments'), 'utf8')).to.match(
        /^-u\nmonitor\n-pwf\n\/(dev\/shm|tmp)\/cain-logins-\d+\/jmx\nstatus\n$/,
      );
      const processes = readFileSync(home('processes'), 'utf8');
      expect(processes).to.contain('cqlsh').and.contain('cain');
      for (const each of [secret, 'jmx-secret', 'store-secret']) expect(processes).to.not.contain(each);
      const { command } = pods.kubernetes.exec.calls.at(-1) ?? { command: [] };
      for (const each of [secret, 'jmx-secret', 'store-secret']) {
        expect(command.join(' ')).to.not.contain(each);
      }
    });

    it('removes the folder when the script ends, in whatever way', async () => {
      const tools = open({ logins, retries: 0 });
      await tools.run(pod, { purpose: 'Ending well', body: 'true', signal: never });
      await rejection(
        tools.run(pod, { purpose: 'Ending badly', body: 'exit 3', signal: never }),
        'CAIN_EXEC_FAILED',
      );
      await rejection(
        tools.run(pod, { purpose: 'Stopping itself', body: 'kill -TERM $$; sleep 5', signal: never }),
        'CAIN_EXEC_FAILED',
      );

      expect(await folders()).to.deep.equal([]);
    });

    it('removes the folder of a script that was killed when the next one starts, and none that is in use', async () => {
      const controller = new AbortController();
      const mark = home('started');
      const working = open({ logins })
        .run(pod, {
          purpose: 'Working',
          body: 'touch "$HOME/started"; while [ -f "$HOME/started" ]; do sleep 0.1; done; section folder; ls -d "$folder"',
          signal: controller.signal,
        })
        .then((sections) => sectionOf(sections, 'folder').trim());
      await waitUntil(() => existsSync(mark));
      await rejection(
        open({ logins, retries: 0 }).run(pod, { purpose: 'Dying', body: 'kill -KILL $$', signal: never }),
        'CAIN_EXEC_FAILED',
      );
      const left = await folders();

      await open({ logins }).run(pod, { purpose: 'Starting', body: 'true', signal: never });
      const afterwards = await folders();
      rmSync(mark);

      expect(left).to.have.length(2);
      expect(afterwards).to.deep.equal([await working]);
      expect(await folders()).to.deep.equal([]);
    });

    it('removes an old folder although another process has got its number', async () => {
      const makeOld = 'sleep 20 >/dev/null 2>&1 & mkdir -m 700 "/dev/shm/cain-logins-$!"';
      await open().run(pod, { purpose: 'Making it', body: makeOld, signal: never });
      expect(await folders()).to.have.length(1);

      await open({ logins }).run(pod, { purpose: 'Starting', body: 'true', signal: never });

      expect(await folders()).to.deep.equal([]);
    });
  });
});
