import type { PodTools, Sections } from '../../src/cassandra/pod-tools.ts';
import type { CassandraPod } from '../../src/kubernetes/pods.ts';
import {
  dataDirectory,
  fileNumbers,
  keyspace,
  type SyntheticCluster,
  snapshotFile,
  table,
  tableId,
  tags,
} from './synthetic.ts';

/** Pods that answer the listing of a snapshot as a node with these files would: the text that exec brings. */
export function syntheticTools(cluster: SyntheticCluster): PodTools {
  return {
    async run(pod, { purpose, args = [] }) {
      if (purpose !== 'Listing the snapshot') throw new Error(`Nobody answers "${purpose}" here`);
      return listing(cluster, pod, args[0] ?? '');
    },
  };
}

function listing(cluster: SyntheticCluster, pod: CassandraPod, snapshot: string): Sections {
  const node = Number(pod.name.slice(-4));
  const directory = `${keyspace}/${table}-${tableId}`;
  const folder = `${directory}/snapshots/${snapshot}`;
  const lines = [`B\t${dataDirectory}`, `D\t${directory}`, 'L'];
  const digests: string[] = [];
  const data: string[] = [];
  const [from, to] = fileNumbers(cluster, tags[1]);
  for (let number = from; number < to; number++) {
    const { file, sizeBytes, inode, mtime } = snapshotFile(node, number);
    lines.push(`F\tregular file\t${sizeBytes}\t${inode}\t${mtime}\t${folder}/${file}`);
    if (file.endsWith('-Data.db')) data.push(file);
    // It comes behind the Data.db that it is of.
    if (file.endsWith('-Digest.crc32')) digests.push(`1:${snapshotFile(node, number - 1).digest}`);
  }
  const texts = [...digests, `1:${JSON.stringify({ files: data })}`, '1:CREATE TABLE bench.events;'];
  for (const name of ['manifest.json', 'schema.cql'])
    lines.push(`F\tregular file\t9\t1\t1767225600.000000000\t${folder}/${name}`);
  return new Map([['listing', [[...lines, 'G', ...texts, 'H', 'E\t1', ''].join('\n')]]]);
}
