import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type Announce, cached, isCached } from './cache.ts';
import { runOrFail, runProgram } from './run-program.ts';
import { findProgram } from './toolchain.ts';

export const versitygwVersion = '1.8.0';
const binaryName = `versitygw-${versitygwVersion}`;
const image = `versity/versitygw:v${versitygwVersion}`;

/** Where the S3 server comes from; `command` starts it over `dir`, `remove` ends what outlives its client. */
export interface S3Source {
  /** @param versionsDir where older versions lie; undefined = it has none */
  command(options: readonly string[], dir: string, versionsDir?: string): string[];
  /** Starts its IAM service over `dir`, which S3 servers ask at `socket`; undefined where a container would hide the socket. */
  readonly iamCommand: ((options: readonly string[], dir: string, socket: string) => string[]) | undefined;
  remove(): Promise<void>;
}

/** How this machine can have an S3 server; told before anything is downloaded. */
export type S3Way = 'cached' | 'go' | 'docker';

/** `go` also where neither Go nor Docker is there: then Go is what to install. */
export async function findS3Way(): Promise<S3Way> {
  if (isCached(binaryName)) return 'cached';
  if (findProgram('go')) return 'go';
  return (await hasDocker()) ? 'docker' : 'go';
}

/** Whether versitygw is there as a program, or can be built: what its IAM service needs. */
export async function hasIamService(): Promise<boolean> {
  const way = await findS3Way();
  return way === 'cached' || (way === 'go' && findProgram('go') !== undefined);
}

/** The server built with Go, else as Docker image; undefined, and said aloud, where neither works. */
export async function fetchS3(way: S3Way, go: string, announce: Announce): Promise<S3Source | undefined> {
  if (way === 'docker') return inDocker();
  try {
    const binary = await buildVersitygw(go, announce);
    return {
      command: (options, dir, versionsDir) => [
        ...[binary, ...options, 'posix'],
        ...(versionsDir === undefined ? [] : ['--versioning-dir', versionsDir]),
        dir,
      ],
      iamCommand: (options, dir, socket) => [
        ...[binary, ...options, 'iam', '--dir', dir, '--private-ports', socket],
      ],
      remove: async () => undefined,
    };
  } catch (error) {
    announce(`versitygw can't be built: ${error instanceof Error ? error.message : String(error)}`);
    if (await hasDocker()) return inDocker();
    announce('No S3 server: this cluster runs without one');
    return undefined;
  }
}

/** From its Go module, since no package registry has the binary. */
export async function buildVersitygw(go: string, announce: Announce): Promise<string> {
  const dir = await cached(binaryName, {
    about: `Building the S3 server versitygw ${versitygwVersion} with Go (some minutes)`,
    announce,
    make: async (dir) => {
      const module = `github.com/versity/versitygw/cmd/versitygw@v${versitygwVersion}`;
      await goInstall(go, module, { dir, limitMs: 20 * 60_000 });
    },
  });
  return join(dir, 'versitygw');
}

/** The program of a Go module, into `dir`. */
export async function goInstall(
  go: string,
  module: string,
  { dir, limitMs }: { readonly dir: string; readonly limitMs: number },
): Promise<void> {
  const command = [go, 'install', '-trimpath', '-ldflags', '-s -w', module];
  await runOrFail(command, { env: { ...process.env, CGO_ENABLED: '0', GOBIN: dir }, limitMs });
}

async function hasDocker(): Promise<boolean> {
  if (!findProgram('docker')) return false;
  const answer = await runProgram(['docker', 'version', '--format', '{{.Server.Version}}'], {
    limitMs: 10_000,
  });
  return answer.code === 0;
}

function inDocker(): S3Source {
  const name = `cain-s3-${randomUUID()}`;
  const login = ['--env', 'ROOT_ACCESS_KEY', '--env', 'ROOT_SECRET_KEY'];
  return {
    command: (options, dir, versionsDir) => [
      ...['docker', 'run', '--rm', '--name', name, '--network', 'host', ...login],
      ...['--user', `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`],
      ...(versionsDir === undefined ? [] : ['--volume', `${versionsDir}:/versions`]),
      ...['--volume', `${dir}:/objects`, image, ...options, 'posix'],
      ...(versionsDir === undefined ? [] : ['--versioning-dir', '/versions']),
      '/objects',
    ],
    iamCommand: undefined,
    remove: async () => void (await runProgram(['docker', 'rm', '--force', name], { limitMs: 30_000 })),
  };
}
