import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Announce, cached, isCached } from '../embedded/cache.ts';
import { runOrFail } from '../embedded/run-program.ts';
import { findProgram } from '../embedded/toolchain.ts';

export const kubernetesVersion = '1.34.4';
const helmVersion = '3.19.5';

const cacheName = `kubernetes-${kubernetesVersion}`;
const source = fileURLToPath(new URL('../../e2e/kubernetes', import.meta.url));
const links = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
  'kubectl',
];

/** Programs that the local Kubernetes calls, with the Debian package of each. */
const packages: Readonly<Record<string, string>> = {
  containerd: 'containerd',
  runc: 'runc',
  '/usr/lib/cni/bridge': 'containernetworking-plugins',
  iptables: 'iptables',
  conntrack: 'conntrack',
  ethtool: 'ethtool',
  modprobe: 'kmod',
  ip: 'iproute2',
  nsenter: 'util-linux',
  openssl: 'openssl',
  debootstrap: 'debootstrap',
  pgrep: 'procps',
  pkill: 'procps',
  prometheus: 'prometheus',
};

/** Where the sbin of a root without them in its PATH is looked at, too. */
const searchPath = `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin`;

export function hasTools(): boolean {
  return isCached(cacheName);
}

export function missingPackages(): string[] {
  const missing = Object.entries(packages).filter(([program]) =>
    program.startsWith('/') ? !findProgram(program, '/') : !findProgram(program, searchPath),
  );
  return [...new Set(missing.map(([, name]) => name))];
}

/** Kubernetes, CoreDNS, helm and pause from their Go modules, in one build: the folder of the binaries. */
export async function buildTools(announce: Announce): Promise<string> {
  const dir = await cached(cacheName, {
    about: `Building Kubernetes ${kubernetesVersion}, CoreDNS and helm ${helmVersion} with Go (ten minutes)`,
    announce,
    make: async (made) => {
      const dir = join(made, 'bin');
      const go = findProgram('go');
      if (!go) throw new Error('Go is needed to build Kubernetes (Debian: golang-go, or go.dev/dl)');
      const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false -mod=readonly' };
      const programs = ['./cmd/kubernetes', './cmd/coredns', './cmd/pause', 'helm.sh/helm/v3/cmd/helm'];
      const command = [go, 'build', '-trimpath', '-ldflags', linkerFlags(), '-o', `${dir}/`, ...programs];
      await runOrFail(command, { cwd: source, env, limitMs: 40 * 60_000 });
      for (const name of links) await symlink('kubernetes', join(dir, name));
    },
  });
  return join(dir, 'bin');
}

/** Without its version the kubelet takes the API server for one of another age, and refuses it. */
function linkerFlags(): string {
  const [major, minor] = kubernetesVersion.split('.');
  const values = {
    'k8s.io/component-base/version.gitVersion': `v${kubernetesVersion}`,
    'k8s.io/component-base/version.gitMajor': major,
    'k8s.io/component-base/version.gitMinor': minor,
    'k8s.io/component-base/version.gitTreeState': 'clean',
    'k8s.io/component-base/version.buildDate': '1970-01-01T00:00:00Z',
    'k8s.io/client-go/pkg/version.gitVersion': `v${kubernetesVersion}`,
    'helm.sh/helm/v3/internal/version.version': `v${helmVersion}`,
    // What `helm template` takes for the cluster's version, and holds against the chart's kubeVersion.
    'helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor': major,
    'helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor': minor,
  };
  return ['-s', '-w', ...Object.entries(values).map(([name, value]) => `-X ${name}=${value}`)].join(' ');
}
