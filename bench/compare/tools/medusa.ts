import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { NodeControl } from '../node-control.ts';
import { type Bench, earlierOf, type Job, type Tool, type Work } from '../tool.ts';
import { medusaVersion } from './fetch-medusa.ts';

/** What each flavour sets beside what the server needs; all else is Medusa's default. */
const flavours = {
  'medusa-default': {},
  // Chosen by trying, 4 SSTables of 50 MB and of 100 MB on two cores, each setting twice. An empty bandwidth takes its limiter
  // out (the default is 50 MB/s; 10GB/s instead costs up to a fifth more processor time). One request a file, up to the 5 GB that S3 takes,
  // is 5 to 15 % cheaper than parts of 50 MB, and smaller parts dearer by a tenth to a quarter. 2, 4 and 8 files at once
  // differ by less than the noise; 4 is what the plain copy has. Sums of MD5 are off by default.
  'medusa-best': {
    concurrent_transfers: '4',
    transfer_max_bandwidth: '',
    multi_part_upload_threshold: '4GB',
  },
} as const satisfies Record<string, Record<string, string>>;

/**
 * cassandra-medusa on the node itself, where it belongs. It takes every keyspace, the system ones too, and a restore of its
 * kind stops and starts Cassandra; both are in its figures.
 */
export async function medusaTool(
  { cluster }: Bench,
  name: keyof typeof flavours,
  { directory, control }: { directory: string; control: NodeControl },
): Promise<Tool> {
  const node = cluster.nodes[0];
  if (!node) throw new Error('There is no node');
  const home = join(cluster.dir, name);
  const nodeDirectory = dirname(node.logFile);
  const keyFile = join(home, 'credentials');
  let backups = 0;
  const last = new Map<string, { readonly prefix: string; readonly backup: string }>();

  await mkdir(home);
  const { accessKeyId, secretAccessKey, region, bucket, endpoint } = cluster.s3;
  const login = `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
  await writeFile(keyFile, login, { mode: 0o600 });

  async function configure(prefix: string): Promise<string> {
    const file = join(home, 'medusa.ini');
    const sections = {
      storage: {
        storage_provider: 's3_compatible',
        bucket_name: bucket,
        key_file: keyFile,
        prefix,
        host: '127.0.0.1',
        port: new URL(endpoint).port,
        secure: 'False',
        region,
        s3_addressing_style: 'path',
        fqdn: node?.address ?? '',
        use_sudo_for_restore: 'False',
        ...flavours[name],
      },
      cassandra: {
        config_file: join(nodeDirectory, 'conf', 'cassandra.yaml'),
        nodetool_executable: join(nodeDirectory, 'bin', 'nodetool'),
        resolve_ip_addresses: 'False',
        use_sudo: 'False',
        stop_cmd: control.stopCommand,
        start_cmd: control.startCommand,
      },
    };
    const text = Object.entries(sections).map(
      ([section, values]) =>
        `[${section}]\n${Object.entries(values)
          .map(([key, value]) => `${key} = ${value}\n`)
          .join('')}`,
    );
    await writeFile(file, text.join('\n'));
    return file;
  }

  async function job(prefix: string, args: readonly string[]): Promise<Job> {
    const file = await configure(prefix);
    const env = { PYTHONDONTWRITEBYTECODE: '1', AWS_EC2_METADATA_DISABLED: 'true' };
    // Without -S packages of the machine's own Python would come first.
    const start = `import sys; sys.path.append('${directory}'); from medusa.medusacli import cli; cli()`;
    const argv = ['python3', '-S', '-c', start, '--config-file', file, ...args];
    return {
      argv,
      env: { ...process.env, HOME: home, ...env } as Record<string, string>,
      hasPodSide: false,
      prefix,
    };
  }

  async function backup(work: Work): Promise<Job> {
    const { dataSet, kind, round } = work;
    const prefix = kind === 'second' ? earlierOf(last, work).prefix : `${name}-${dataSet.name}-${round}`;
    const backupName = `bench${++backups}`;
    return {
      ...(await job(prefix, ['backup', '--backup-name', backupName])),
      async done() {
        last.set(dataSet.name, { prefix, backup: backupName });
      },
    };
  }

  async function restore(work: Work): Promise<Job> {
    const { prefix, backup: backupName } = earlierOf(last, work);
    const temporary = join(cluster.dir, 'medusa-restore');
    await rm(temporary, { recursive: true, force: true });
    await mkdir(temporary);
    const what = ['--keyspace', work.dataSet.keyspace, '--temp-dir', temporary];
    const which = ['--backup-name', backupName, '--version-target', cluster.cassandraVersion];
    control.takeSeconds();
    return {
      ...(await job(prefix, ['restore-node', ...which, ...what])),
      restartSeconds: control.takeSeconds,
    };
  }

  return {
    name,
    version: `cassandra-medusa ${medusaVersion}`,
    prepare: (work) => (work.kind === 'restore' ? restore(work) : backup(work)),
  };
}
