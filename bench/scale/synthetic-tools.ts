import type { PodTools, Sections } from '../../src/cassandra/pod-tools.ts';
import type { CassandraPod } from '../../src/kubernetes/pods.ts';
import {
  dataDirectory,
  fileName,
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
  const directory = `${dataDirectory}/${keyspace}/${table}-${tableId}/snapshots/${snapshot}`;
  const lines = [`D\t${dataDirectory}\t${directory}`];
  const texts: string[] = [];
  const data: string[] = [];
  const [from, to] = fileNumbers(cluster, tags[1]);
  for (let number = from; number < to; number++) {
    const { file, sizeBytes, inode, mtime, digest } = snapshotFile(node, number);
    lines.push(`F\tregular file\t${sizeBytes}\t${inode}\t${mtime}\t${file}`);
    if (digest === undefined) continue;
    data.push(file);
    texts.push(`${fileName(number + 1)}:${digest}`);
  }
  texts.push(`manifest.json:${JSON.stringify({ files: data })}`, 'schema.cql:CREATE TABLE bench.events;');
  for (const name of ['manifest.json', 'schema.cql'])
    lines.push(`F\tregular file\t9\t1\t1767225600.000000000\t${name}`);
  return new Map([['listing', [[...lines, 'G', ...texts, 'H', 'L', 'E\t1', ''].join('\n')]]]);
}
