import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type ProgramResult, runProgram } from './run-program.ts';

/** A program of this machine that the embedded cluster needs. */
export type Tool = 'java17' | 'mvn' | 'go' | 'python3' | 'tar' | 'stat' | 'openssl';

/** Paths of what was found; only what was asked for is there. */
export type Toolchain = Readonly<Record<Tool, string>>;

interface ToolFact {
  readonly what: string;
  readonly install: string;
  readonly find: () => Promise<string | undefined>;
}

const tools: Readonly<Record<Tool, ToolFact>> = {
  java17: {
    what: 'Java 17 (Cassandra 5.0 does not start on a newer one)',
    install: 'Debian: openjdk-17-jre-headless; or set JAVA17_HOME',
    find: findJava17,
  },
  mvn: {
    what: "Maven, which fetches Cassandra's jars",
    install: 'Debian: maven',
    find: async () => findProgram('mvn'),
  },
  go: {
    what: 'Go, which builds the S3 server versitygw',
    install: 'Debian: golang, or go.dev/dl',
    find: async () => findProgram('go'),
  },
  python3: {
    what: 'Python 3 with pip, for cqlsh',
    install: 'Debian: python3 python3-pip',
    find: findPython,
  },
  tar: { what: 'tar', install: 'Debian: tar', find: async () => findProgram('tar') },
  stat: { what: 'stat', install: 'Debian: coreutils', find: async () => findProgram('stat') },
  openssl: {
    what: 'openssl, which makes certificates',
    install: 'Debian: openssl',
    find: async () => findProgram('openssl'),
  },
};

/** Finds what is `needed`, or fails with all that is missing and what to install, before any download. */
export async function findToolchain(needed: readonly Tool[]): Promise<Toolchain> {
  const found = await Promise.all(needed.map(async (tool) => [tool, await tools[tool].find()] as const));
  const missing = found.filter(([, path]) => path === undefined).map(([tool]) => tools[tool]);
  if (missing.length > 0) {
    const list = missing.map(({ what, install }) => `  - ${what}. ${install}`);
    throw new Error(`The embedded cluster needs programs that this machine lacks:\n${list.join('\n')}`);
  }
  return Object.fromEntries(found) as Toolchain;
}

/** The first program of this name in PATH. */
export function findProgram(name: string, path = process.env.PATH ?? ''): string | undefined {
  return path
    .split(delimiter)
    .map((dir) => join(dir, name))
    .find((file) => existsSync(file));
}

async function findJava17(): Promise<string | undefined> {
  const homes = [process.env.JAVA17_HOME, process.env.JAVA_HOME, ...installedJvms()];
  const candidates = homes.filter((home) => home !== undefined).map((home) => join(home, 'bin', 'java'));
  const inPath = findProgram('java');
  if (inPath) candidates.push(inPath);
  for (const java of candidates.filter((file) => existsSync(file))) {
    if (/version "17[."]/.test((await answer([java, '-version'])).stderr)) return java;
  }
  return undefined;
}

function installedJvms(): string[] {
  const dirs = ['/usr/lib/jvm', '/Library/Java/JavaVirtualMachines'].filter((dir) => existsSync(dir));
  return dirs
    .flatMap((dir) => readdirSync(dir).map((name) => join(dir, name)))
    .filter((home) => home.includes('17'))
    .flatMap((home) => [home, join(home, 'Contents', 'Home')]);
}

async function findPython(): Promise<string | undefined> {
  const python = findProgram('python3');
  if (!python) return undefined;
  // Its own word for where it is: version managers put slow scripts into PATH.
  const said = await answer([python, '-c', 'import sys, pip; print(sys.executable)']);
  return said.code === 0 ? said.stdout.trim() : undefined;
}

async function answer(command: readonly string[]): Promise<ProgramResult> {
  return await runProgram(command, { limitMs: 30_000 }).catch(() => ({ code: 127, stdout: '', stderr: '' }));
}
