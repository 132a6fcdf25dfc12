import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const cache = process.env.CAIN_CACHE || join(root, '.cache');

/** helm without a server assumes a Kubernetes version; a build without version flags assumes an ancient one. */
const kubernetesVersion = '1.34.0';

export const chartDir = join(root, 'charts', 'cain');

/** What to tell who has no helm. */
export const howToGetHelm = 'no helm: set CAIN_HELM, or put it into PATH, or run npm run e2e:tools';

/** CAIN_HELM, else helm in PATH, else the one that `npm run e2e:tools` builds. */
export function findHelm(): string | undefined {
  const inPath = (process.env.PATH ?? '').split(delimiter).map((dir) => join(dir, 'helm'));
  const ours = join(cache, 'kubernetes-1.34.4', 'bin', 'helm');
  return [process.env.CAIN_HELM, ...inPath, ours].find((file) => file && existsSync(file));
}

export interface HelmAnswer {
  readonly isSuccess: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `helm <command> … <the chart> <args>` to its end; another `chart` is a copy of it. */
export function helm(command: readonly string[], args: readonly string[], chart = chartDir): HelmAnswer {
  const program = findHelm();
  if (!program) throw new Error(howToGetHelm);
  const all = [...command, chart, `--kube-version=${kubernetesVersion}`, ...args];
  const { status, stdout, stderr, error } = spawnSync(program, all, { encoding: 'utf8', timeout: 60_000 });
  if (error) throw new Error(`Can't run ${program}`, { cause: error });
  return { isSuccess: status === 0, stdout, stderr };
}
