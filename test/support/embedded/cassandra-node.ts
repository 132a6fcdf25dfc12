import { closeSync, openSync } from 'node:fs';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  cassandraYaml,
  type NodeConfig,
  rackProperties,
  serverLogback,
  toolLogback,
} from './cassandra-config.ts';
import { type ServerFlags, serverFlags } from './jvm-flags.ts';
import type { KeptProcess, ProcessKeeper } from './process-keeper.ts';
import { lastLines, type ProgramResult, runProgram } from './run-program.ts';
import type { Sandbox } from './sandbox.ts';
import { cqlshScript, nodetoolScript, type ToolScripts } from './tool-scripts.ts';

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
  /** Resolves when the node takes CQL. */
  start(): Promise<void>;
  /** SIGTERM; resolves when the node has drained and ended. */
  stop(): Promise<void>;
  /** SIGKILL: a crash. */
  kill(): Promise<void>;
  /** Runs nodetool as a person in the container would, with the JMX login where there is one. */
  nodetool(...args: string[]): Promise<ProgramResult>;
  nodetoolWith(env: Readonly<Record<string, string>>, ...args: string[]): Promise<ProgramResult>;
  /** Environment, folder and namespaces in which an exec into the pod runs. */
  readonly container: Container;
}

export interface Container {
  readonly env: Readonly<Record<string, string>>;
  readonly sandbox: Sandbox;
}

export interface NodeSettings {
  readonly pod: string;
  /** Java and class path of the server. */
  readonly java: string;
  readonly jars: string;
  readonly config: NodeConfig;
  readonly server: ServerFlags;
  readonly tools: ToolScripts;
  readonly sandbox: Sandbox;
  readonly keeper: ProcessKeeper;
}

/** The login that JMX asks for where `jmxPassword` is on. */
export const jmxLogin = { username: 'cain', password: 'jmx-secret' } as const;

export async function createNode(settings: NodeSettings): Promise<EmbeddedNode> {
  const { config, server, keeper, sandbox } = settings;
  const logFile = join(config.dir, 'system.log');
  const container: Container = {
    env: { PATH: `${config.dir}/bin:/usr/bin:/bin`, HOME: `${config.dir}/home`, HOSTNAME: settings.pod },
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
    const classPath = `${config.dir}/conf:${settings.jars}/*`;
    const daemon = 'org.apache.cassandra.service.CassandraDaemon';
    const command = sandbox.enter([settings.java, ...serverFlags(server), '-cp', classPath, daemon]);
    const process = keeper.start(command, { cwd: '/', env: container.env, stdio: ['ignore', log, log] });
    closeSync(log);
    running = { process, pid: await sandbox.pidOf(process.pid) };
    void process.ended.then(() => {
      running = undefined;
    });
    await untilReady(process, logFile, from, settings.pod);
  };

  const end = async (signal: NodeJS.Signals) => {
    if (!running) return;
    const { process: kept, pid } = running;
    process.kill(pid, signal);
    await within(stopLimitMs, kept.ended, `${settings.pod} does not end on ${signal}`);
  };

  const nodetoolWith = async (env: Readonly<Record<string, string>>, ...args: string[]) => {
    const login = server.jmxPassword
      ? ['-u', jmxLogin.username, '-pwf', `${config.dir}/conf/jmx.password`]
      : [];
    const command = sandbox.enter([`${config.dir}/bin/nodetool`, ...login, ...args]);
    return await runProgram(command, { cwd: '/', env: { ...container.env, ...env } });
  };

  return {
    pod: settings.pod,
    address: config.address,
    jmxPort: server.jmxPort,
    dataDirectories: config.dataDirectories,
    logFile,
    container,
    get isRunning() {
      return running !== undefined;
    },
    start,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    nodetool: (...args) => nodetoolWith({}, ...args),
    nodetoolWith,
  };
}

async function writeFiles({ config, tools }: NodeSettings): Promise<void> {
  const { dir } = config;
  for (const name of ['conf', 'bin', 'home']) await mkdir(join(dir, name), { recursive: true });
  const files = {
    'conf/cassandra.yaml': cassandraYaml(config),
    'conf/cassandra-rackdc.properties': rackProperties,
    'conf/logback.xml': serverLogback,
    'conf/logback-tools.xml': toolLogback,
    'conf/jmx.password': `${jmxLogin.username} ${jmxLogin.password}\n`,
    'conf/jmx.access': `${jmxLogin.username} readwrite\n`,
    'bin/nodetool': nodetoolScript(tools),
    'bin/cqlsh': cqlshScript(tools),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
  await chmod(join(dir, 'bin/nodetool'), 0o755);
  await chmod(join(dir, 'bin/cqlsh'), 0o755);
  await chmod(join(dir, 'conf/jmx.password'), 0o600);
}

async function untilReady(process: KeptProcess, logFile: string, from: number, pod: string): Promise<void> {
  const limit = Date.now() + readyLimitMs;
  while (true) {
    const text = (await readFile(logFile)).subarray(from).toString();
    if (text.includes(readyLine)) return;
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
