import { text } from '../kinds.ts';
import { s3ClusterLocation, s3Location } from '../s3-urls.ts';
import { setting } from '../setting.ts';
import { absolutePaths, kubernetesName, planName } from '../specific-kinds.ts';
import { clusterCommands, everyCommand, storeCommands, transferCommands } from './commands-of.ts';

export const where = {
  namespace: setting(kubernetesName, {
    env: 'CAIN_NAMESPACE',
    short: 'n',
    default: 'default',
    usedBy: everyCommand,
    help: "Cassandra's namespace",
  }),
  selector: setting(text('labels'), {
    env: 'CAIN_SELECTOR',
    short: 'l',
    default: 'app=cassandra',
    usedBy: clusterCommands,
    help: 'The labels by which the Cassandra pods are found',
  }),
  container: setting(kubernetesName, {
    env: 'CAIN_CONTAINER',
    short: 'c',
    default: 'cassandra',
    usedBy: clusterCommands,
    help: 'The container of those pods that Cassandra runs in',
  }),
  dst: setting(s3Location, {
    env: 'CAIN_DST',
    usedBy: storeCommands,
    requiredBy: ['backup', 'preflight'],
    help: 'Where backups are kept; below it come the namespace and the name of the cluster',
  }),
  src: setting(s3ClusterLocation, {
    env: 'CAIN_SRC',
    unset: 'this namespace and cluster in CAIN_DST',
    usedBy: ['restore', 'prune', 'list', 'verify'],
    help: 'The cluster whose backups are read: <dst>/<namespace>/<cluster name>',
  }),
  plan: setting(planName, {
    env: 'CAIN_PLAN',
    default: 'default',
    usedBy: storeCommands,
    help: 'The named schedule that a backup belongs to; retention, newest and metrics are per plan',
  }),
  cassandraDataDirectories: setting(absolutePaths, {
    env: 'CAIN_CASSANDRA_DATA_DIR',
    unset: 'read from each node',
    usedBy: transferCommands,
    help: 'The data directories in the Cassandra container',
  }),
};
