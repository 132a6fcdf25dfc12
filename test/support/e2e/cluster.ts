import { join } from 'node:path';
import type { Announce } from '../embedded/cache.ts';
import { type ProgramResult, runOrFail, runProgram } from '../embedded/run-program.ts';
import { findProgram } from '../embedded/toolchain.ts';
import { hasLayers } from './layers.ts';
import { type LocalKubernetes, startLocalKubernetes } from './local/local-kubernetes.ts';
import { buildTools, hasTools, missingPackages } from './tools.ts';

export interface CommandOptions {
  readonly input?: string | Buffer;
  readonly limitMs?: number;
}

/** A Kubernetes with the images of the suite in it, reached by kubectl and helm alone, as its users reach theirs. */
export interface TestCluster {
  /** What it prints; fails where it fails. */
  kubectl(args: readonly string[], options?: CommandOptions): Promise<string>;
  /** What it prints and its exit code. */
  tryKubectl(args: readonly string[], options?: CommandOptions): Promise<ProgramResult>;
  /** The command that kubectl is, for whoever pipes its output. */
  kubectlCommand(args: readonly string[]): string[];
  helm(args: readonly string[]): Promise<string>;
  /** Where the cluster is ours: its node can be touched. */
  readonly local: LocalKubernetes | undefined;
  stop(): Promise<void>;
}

const commandLimitMs = 120_000;

/** Why the suite can't run on this machine, and what to do; undefined where it can. */
export function whyNot(): string | undefined {
  if (process.env.CAIN_E2E_KUBECONFIG) {
    const missing = ['kubectl', 'helm'].filter((name) => !findProgram(name));
    return missing.length > 0 ? `${missing.join(' and ')} not found in PATH` : undefined;
  }
  const reason = whyNoLocal();
  if (reason) return reason;
  return hasTools() && hasLayers() ? undefined : 'Kubernetes is not built yet: npm run e2e:tools';
}

/** Why a Kubernetes of our own can't run on this machine, however much is built. */
export function whyNoLocal(): string | undefined {
  if (process.platform !== 'linux') return `a local Kubernetes needs Linux, this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'a local Kubernetes needs root: sudo npm run e2e';
  const packages = missingPackages();
  return packages.length > 0
    ? `programs are missing: apt-get install --no-install-recommends ${packages.join(' ')}`
    : undefined;
}

/** That of CAIN_E2E_KUBECONFIG, which must hold the images already, or one that is started here and ends with this process. */
export async function startTestCluster(announce: Announce): Promise<TestCluster> {
  const given = process.env.CAIN_E2E_KUBECONFIG;
  if (given) return clusterAt(given, { kubectl: 'kubectl', helm: 'helm' }, undefined);

  const tools = await buildTools(announce);
  const local = await startLocalKubernetes(tools, announce);
  const programs = { kubectl: join(tools, 'kubectl'), helm: join(tools, 'helm') };
  return clusterAt(local.kubeconfig, programs, local);
}

function clusterAt(
  kubeconfig: string,
  programs: { readonly kubectl: string; readonly helm: string },
  local: LocalKubernetes | undefined,
): TestCluster {
  const command = (program: string, args: readonly string[]) => {
    const whole = [program, '--kubeconfig', kubeconfig, ...args];
    return local ? local.inNetwork(whole) : whole;
  };
  return {
    kubectl: (args, options) =>
      runOrFail(command(programs.kubectl, args), { limitMs: commandLimitMs, ...options }),
    tryKubectl: (args, options) =>
      runProgram(command(programs.kubectl, args), { limitMs: commandLimitMs, ...options }),
    kubectlCommand: (args) => command(programs.kubectl, args),
    helm: (args) => runOrFail(command(programs.helm, args), { limitMs: 300_000 }),
    local,
    stop: async () => await local?.stop(),
  };
}
