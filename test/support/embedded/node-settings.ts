import type { Installation } from './installation.ts';
import type { TlsFiles } from './tls-files.ts';

/** What a node is made of. All paths are absolute. */
export interface NodeSettings {
  readonly installation: Installation;
  readonly pod: string;
  readonly dir: string;
  readonly address: string;
  readonly seed: string;
  readonly jmxPort: number;
  readonly clusterName: string;
  readonly dataDirectories: readonly string[];
  readonly dataCenter: string;
  readonly tokens: { readonly count: number; readonly initial: string | undefined };
  readonly heapMb: number;
  /** CQL asks for a login. */
  readonly cqlPasswords: boolean;
  /** JMX asks for `jmxLogin`. */
  readonly jmxPassword: boolean;
  /** CQL and JMX speak TLS only, with clients that show a certificate. */
  readonly tls: TlsFiles | undefined;
  readonly extraYaml: string;
}

/** The login that JMX asks for where `jmxPassword` is on. The password shows who quotes badly. */
export const jmxLogin = { username: 'cain', password: 'jmx-"secret"%=#' } as const;
