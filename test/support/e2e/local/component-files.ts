import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { imageNames } from '../images.ts';
import { nodeAddress, nodeName, podNetwork } from './addresses.ts';

/** Writes the settings of containerd, the network and Kubernetes' parts into `dir`; what they keep goes there, too. */
export async function writeComponentFiles(dir: string): Promise<void> {
  const files: Readonly<Record<string, string>> = {
    'admin.kubeconfig': json(kubeconfig(dir)),
    'audit-policy.yaml': json(auditPolicy),
    'containerd.toml': containerd(dir),
    'cni/10-bridge.conflist': json(network(dir)),
    'kubelet.yaml': json(kubelet(dir)),
    'proxy.yaml': json(proxy(dir)),
    Corefile: corefile(dir),
  };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), text);
  }
}

/** YAML, too. */
const json = (value: unknown) => `${JSON.stringify(value, undefined, 1)}\n`;

/** What service accounts ask for, which tests hold against their rights. */
const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    { level: 'None', userGroups: ['system:serviceaccounts:kube-system'] },
    { level: 'Metadata', userGroups: ['system:serviceaccounts'] },
    { level: 'None' },
  ],
};

function kubeconfig(dir: string) {
  const certificates = join(dir, 'certificates');
  const server = 'https://127.0.0.1:6443';
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'e2e', cluster: { server, 'certificate-authority': `${certificates}/ca.crt` } }],
    users: [
      {
        name: 'admin',
        user: {
          'client-certificate': `${certificates}/admin.crt`,
          'client-key': `${certificates}/admin.key`,
        },
      },
    ],
    contexts: [{ name: 'e2e', context: { cluster: 'e2e', user: 'admin' } }],
    'current-context': 'e2e',
  };
}

/** Scores of the OOM killer are left alone: containers of CI have no right to lower them. */
function containerd(dir: string): string {
  const cri = '[plugins."io.containerd.grpc.v1.cri"';
  return `version = 2
root = "${dir}/containerd"
state = "${dir}/containerd-state"
oom_score = 0
[grpc]
  address = "${dir}/containerd.sock"
${cri}]
  sandbox_image = "${imageNames.pause}"
  restrict_oom_score_adj = true
  disable_apparmor = true
  tolerate_missing_hugetlb_controller = true
${cri}.containerd]
  default_runtime_name = "runc"
${cri}.containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
${cri}.cni]
  bin_dir = "/usr/lib/cni"
  conf_dir = "${dir}/cni"
`;
}

function network(dir: string) {
  const ipam = {
    type: 'host-local',
    dataDir: `${dir}/addresses`,
    ranges: [[{ subnet: podNetwork }]],
    routes: [{ dst: '0.0.0.0/0' }],
  };
  return {
    cniVersion: '0.4.0',
    name: 'e2e',
    plugins: [{ type: 'bridge', bridge: 'cni0', isGateway: true, ipMasq: false, hairpinMode: true, ipam }],
  };
}

function kubelet(dir: string) {
  const certificates = join(dir, 'certificates');
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    containerRuntimeEndpoint: `unix://${dir}/containerd.sock`,
    cgroupDriver: 'cgroupfs',
    failCgroupV1: false,
    failSwapOn: false,
    oomScoreAdj: 0,
    maxOpenFiles: 20_000,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: `${certificates}/ca.crt` },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: `${certificates}/server.crt`,
    tlsPrivateKeyFile: `${certificates}/server.key`,
    clusterDomain: 'cluster.local',
    clusterDNS: [nodeAddress],
    resolvConf: '',
    // Images come from no registry: once collected they are gone.
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
    syncFrequency: '10s',
    nodeStatusUpdateFrequency: '5s',
    volumePluginDir: `${dir}/volume-plugins`,
    podLogsDir: `${dir}/pod-logs`,
    serializeImagePulls: false,
  };
}

function proxy(dir: string) {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    clientConnection: { kubeconfig: `${dir}/admin.kubeconfig` },
    mode: 'iptables',
    clusterCIDR: podNetwork,
    hostnameOverride: nodeName,
    // Zero leaves the machine's own values.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
    iptables: { minSyncPeriod: '0s', syncPeriod: '30s' },
  };
}

function corefile(dir: string): string {
  return `.:53 {
  bind ${nodeAddress}
  errors
  kubernetes cluster.local in-addr.arpa ip6.arpa {
    kubeconfig ${dir}/admin.kubeconfig e2e
    pods insecure
    fallthrough in-addr.arpa ip6.arpa
    ttl 5
  }
  cache 5
}
`;
}
