import { leaseName } from '../../kubernetes/lease.ts';
import { mayDo, type Right, readVersion } from '../../kubernetes/questions.ts';
import type { CommandContext } from '../context.ts';
import type { ClusterAccess } from '../session.ts';
import type { Finding } from './finding.ts';

const oldestVersion = { major: 1, minor: 29 };

/** What a backup will need of Kubernetes beside what the survey used. A question that gets no answer is no finding. */
export async function checkKubernetes(
  { settings: { namespace }, signal }: CommandContext,
  { kubernetes }: ClusterAccess,
  clusterName: string,
): Promise<readonly Finding[]> {
  const found = await Promise.all([
    checkVersion(kubernetes, signal),
    checkLeaseRights(kubernetes, { namespace, name: leaseName(clusterName) }, signal),
  ]);
  return found.flat();
}

async function checkVersion(
  kubernetes: ClusterAccess['kubernetes'],
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const version = await readVersion(kubernetes.version, signal);
  if (!version) return [];
  const { major, minor } = version;
  if (major > oldestVersion.major || (major === oldestVersion.major && minor >= oldestVersion.minor))
    return [];
  return [
    {
      what: `The API server is of Kubernetes ${major}.${minor}`,
      hint: `Cain needs ${oldestVersion.major}.${oldestVersion.minor} or later.`,
    },
  ];
}

/** Whoever creates can't name what is not there yet: that right is asked for without the name. */
async function checkLeaseRights(
  kubernetes: ClusterAccess['kubernetes'],
  { namespace, name }: { namespace: string; name: string },
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const group = 'coordination.k8s.io';
  const rights: readonly Right[] = [
    { verb: 'get', group, resource: 'leases', namespace, name },
    { verb: 'create', group, resource: 'leases', namespace },
    { verb: 'update', group, resource: 'leases', namespace, name },
  ];
  const answers = await Promise.all(rights.map((right) => mayDo(kubernetes.authorization, right, signal)));
  const lacking = rights.filter((_, index) => answers[index] === false).map(({ verb }) => verb);
  if (lacking.length === 0) return [];
  return [
    {
      what: `Cain may not ${lacking.join(', ')} leases in namespace ${namespace}`,
      hint: "Grant it in Cassandra's namespace: the Lease keeps runs on one cluster apart.",
    },
  ];
}
