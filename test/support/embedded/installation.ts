import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Announce } from './cache.ts';
import {
  type CassandraLine,
  cassandraReleases,
  fetchCassandra,
  fetchCqlsh,
  fetchJava11,
} from './downloads.ts';
import type { ClassArchive } from './jvm-flags.ts';
import type { Toolchain } from './toolchain.ts';

/** One Cassandra release and its tools on this machine: what an image holds. */
export interface Installation {
  readonly line: CassandraLine;
  readonly version: string;
  readonly jars: string;
  /** The agent that Cassandra measures objects with. */
  readonly jamm: string;
  /** Java of the server: 11 for 4.1. */
  readonly serverJava: string;
  /** Java of nodetool, 17 for both: the Java 11 at hand lacks a module that JMX clients need. */
  readonly toolJava: string;
  readonly python3: string;
  /** For PYTHONPATH; `bin/cqlsh` is in it. */
  readonly cqlsh: string;
  readonly archives: { readonly server?: ClassArchive; readonly nodetool?: ClassArchive };
}

export async function installCassandra(
  line: CassandraLine,
  tools: Toolchain,
  announce: Announce,
): Promise<Installation> {
  const jars = await fetchCassandra(line, tools, announce);
  const jamm = (await readdir(jars)).find((name) => name.startsWith('jamm-'));
  if (!jamm) throw new Error(`There is no jamm jar in ${jars}`);
  return {
    line,
    version: cassandraReleases[line],
    jars,
    jamm: join(jars, jamm),
    serverJava: line === '4.1' ? await fetchJava11(tools, announce) : tools.java17,
    toolJava: tools.java17,
    python3: tools.python3,
    cqlsh: await fetchCqlsh(tools, announce),
    archives: {},
  };
}
