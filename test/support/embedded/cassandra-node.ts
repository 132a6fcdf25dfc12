import { closeSync, openSync } from 'node:fs';
import { chmod, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cassandraYaml, rackProperties, serverLogback, toolLogback } from './cassandra-config.ts';
import { canConnect } from './free-addresses.ts';
import { serverFlags } from './jvm-flags.ts';
import { jmxLogin, type NodeSettings } from './node-settings.ts';
import type { KeptProcess, ProcessKeeper } from './process-keeper.ts';
import { lastLines, type ProgramResult, runProgram } from './run-program.ts';
import type { Sandbox } from './sandbox.ts';
import { jmxTlsArguments, nodetoolTlsArguments, type TlsFiles } from './tls-files.ts';
import { cqlshScript, nodetoolScript } from './tool-scripts.ts';
import { findProgram } from './toolchain.ts';

/** Generous: three nodes on two busy cores have taken a minute and a half. */
const readyLimitMs = 240_000;
const stopLimitMs = 60_000;
const readyLine = 'Starting listening for CQL clients';

/** One Cassandra process, as a pod sees it. */
export interface EmbeddedNode {
  readonly pod: string;
  readonly address: string;
  readonly jmxPort: number;
  readonly dataDirectories: readonly string[];
  readonly logFile: string;
  readonly isRunning: boolean;
  /** Of Cassandra, as this machine counts; undefined = it does not run. */
  readonly pid: number | undefined;
  /** Resolves when the node takes CQL. */
  start(): Promise<void>;
  /** SIGTERM; resolves when the node has drained and ended. */
  stop(): Promise<void>;
  /** SIGKILL: a crash. */
  kill(): Promise<void>;
  /** Runs nodetool as a person in the container would, with the JMX login where there is one. */
  nodetool(...args: string[]): Promise<ProgramResult>;
  /** Ends Cassandra and whatever an exec left in the container, for good. */
  close(): Promise<void>;
  /** Environment and namespaces in which an exec into the pod runs. */
  readonly container: Container;
}

export interface Container {
  readonly env: Readonly<Record<string, string>>;
  readonly sandbox: Sandbox;
}

export async function createNode(
  settings: NodeSettings,
  keeper: ProcessKeeper,
  sandbox: Sandbox,
): Promise<EmbeddedNode> {
  const { dir, installation } = settings;
  const logFile = join(dir, 'system.log');
  const container: Container = {
    env: {
      PATH: `${dir}/bin:/usr/bin:/bin`,
      HOME: `${dir}/home`,
      HOSTNAME: settings.pod,
      // In a pod the node listens on 127.0.0.1 too.
      CQLSH_HOST: settings.address,
    },
    sandbox,
  };
  await writeFiles(settings);
  let running: { process: KeptProcess; pid: number } | undefined;

  const start = async () => {
    if (running) throw new Error(`${settings.pod} runs already`);
    const from = await stat(logFile).then(
      ({ size }) => size,
      () => 0,
    );
    const log = openSync(logFile, 'a');
    const classPath = `${installation.jars}/*`;
    const daemon = 'org.apache.cassandra.service.CassandraDaemon';
    const command = sandbox.enter([
      installation.serverJava,
      ...serverFlags(settings),
      '-cp',
      classPath,
      daemon,
    ]);
    const process = keeper.start(command, { cwd: '/', env: container.env, stdio: ['ignore', log, log] });
    closeSync(log);
    running = { process, pid: await sandbox.pidOf(process.pid) };
    void process.ended.then(() => {
      running = undefined;
    });
    await untilReady({ process, logFile, from, pod: settings.pod, address: settings.address });
  };

  const end = async (signal: NodeJS.Signals) => {
    if (!running) return;
    const { process: kept, pid } = running;
    process.kill(pid, signal);
    await within(stopLimitMs, kept.ended, `${settings.pod} does not end on ${signal}`);
  };

  const nodetool = async (...args: string[]) => {
    const login = settings.jmxPassword ? ['-u', jmxLogin.username, '-pwf', `${dir}/conf/jmx.password`] : [];
    const command = sandbox.enter([`${dir}/bin/nodetool`, ...login, ...args]);
    const env = settings.tls
      ? { ...container.env, JDK_JAVA_OPTIONS: `@${dir}/conf/nodetool-tls.args` }
      : container.env;
    return await runProgram(command, { cwd: '/', env });
  };

  return {
    pod: settings.pod,
    address: settings.address,
    jmxPort: settings.jmxPort,
    dataDirectories: settings.dataDirectories,
    logFile,
    container,
    get isRunning() {
      return running !== undefined;
    },
    get pid() {
      return running?.pid;
    },
    start,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    nodetool,
    close: async () => {
      await end('SIGKILL');
      await sandbox.close();
    },
  };
}

async function writeFiles(settings: NodeSettings): Promise<void> {
  const { dir } = settings;
  for (const name of ['conf', 'bin', 'home']) await mkdir(join(dir, name), { recursive: true });
  const files = {
    'conf/cassandra.yaml': cassandraYaml(settings),
    'conf/cassandra-rackdc.properties': rackProperties(settings),
    'conf/logback.xml': serverLogback,
    'conf/logback-tools.xml': toolLogback,
    'conf/jmx.password': `${jmxLogin.username} ${jmxLogin.password}\n`,
    'conf/jmx.access': `${jmxLogin.username} readwrite\n`,
    'bin/nodetool': nodetoolScript(settings),
    'bin/cqlsh': cqlshScript(settings),
    ...(settings.tls ? tlsArgumentFiles(settings.tls) : {}),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
  // An image has a python3 in its PATH (cqlsh needs it).
  if (!findProgram('python3', '/usr/bin:/bin')) {
    await symlink(settings.installation.python3, join(dir, 'bin/python3'));
  }
  await chmod(join(dir, 'bin/nodetool'), 0o755);
  await chmod(join(dir, 'bin/cqlsh'), 0o755);
  await chmod(join(dir, 'conf/jmx.password'), 0o600);
}

function tlsArgumentFiles(tls: TlsFiles): Record<string, string> {
  return {
    'conf/jmx-tls.args': jmxTlsArguments(tls),
    'conf/nodetool-tls.args': nodetoolTlsArguments(tls),
  };
}

interface Starting {
  readonly process: KeptProcess;
  readonly logFile: string;
  /** Where the log of this start begins. */
  readonly from: number;
  readonly pod: string;
  readonly address: string;
}

/** The log line comes a moment before the port is open, so both are waited for. */
async function untilReady({ process, logFile, from, pod, address }: Starting): Promise<void> {
  const limit = Date.now() + readyLimitMs;
  while (true) {
    const text = (await readFile(logFile)).subarray(from).toString();
    if (text.includes(readyLine) && (await canConnect(address, 9042))) return;
    const isEnded = !process.isRunning();
    if (isEnded || Date.now() > limit) {
      if (!isEnded) process.signalGroup('SIGKILL');
      const why = isEnded ? 'ended before it was ready' : `was not ready after ${readyLimitMs / 1000} s`;
      throw new Error(`Cassandra in ${pod} ${why}; its log ends with:\n${lastLines(text, 25)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function within<T>(limitMs: number, promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} within ${limitMs / 1000} s`)), limitMs);
  });
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
