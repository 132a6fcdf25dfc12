import { certificateCheck } from './check-certificate.ts';

/** How nodetool and cqlsh reach a database of users. File members hold the contents, not paths. */
export interface Logins {
  readonly cql: {
    readonly username?: string | undefined;
    readonly password?: string | undefined;
    readonly host?: string | undefined;
    readonly port?: number | undefined;
    readonly tls?:
      | {
          readonly ca?: Uint8Array | undefined;
          readonly cert?: Uint8Array | undefined;
          readonly key?: Uint8Array | undefined;
        }
      | undefined;
  };
  readonly jmx: {
    readonly username?: string | undefined;
    readonly password?: string | undefined;
    /** nodetool's own password file in the container, in place of a password. */
    readonly passwordFile?: string | undefined;
    readonly port?: number | undefined;
    readonly tls?:
      | { readonly truststore?: Store | undefined; readonly keystore?: Store | undefined }
      | undefined;
  };
}

interface Store {
  readonly bytes: Uint8Array;
  readonly password?: string | undefined;
}

/** What a tool call brings along: small files for a private folder in the container, and plain arguments. */
export interface LoginBundle {
  /** Name in that folder and contents; sent over stdin, never as an argument. */
  readonly files: ReadonlyArray<readonly [name: string, bytes: Uint8Array]>;
  /** jmx user, jmx password file ("@" = in the folder), jmx port, cql host, cql port. */
  readonly args: readonly string[];
}

/** In the files, this stands for the folder that only the container knows. */
export const folderPlaceholder = '@CAIN_FOLDER@';

export function bundleLogins({ cql, jmx }: Logins): LoginBundle {
  const files: Array<readonly [string, Uint8Array]> = [];
  if (jmx.username && jmx.password) files.push(['jmx', Buffer.from(`${jmx.username} ${jmx.password}\n`)]);
  if (jmx.tls) addJmxTls(files, jmx.tls);
  if (cql.password || cql.tls) addCqlshrc(files, cql);
  const passwordFile = jmx.username && jmx.password ? '@' : (jmx.passwordFile ?? '');
  return {
    files,
    args: [jmx.username ?? '', passwordFile, String(jmx.port ?? ''), cql.host ?? '', String(cql.port ?? '')],
  };
}

/**
 * A JVM argument file: nodetool's own `--ssl` would put the passwords into the process list.
 * Java 9 and later read it through JDK_JAVA_OPTIONS.
 */
function addJmxTls(
  files: Array<readonly [string, Uint8Array]>,
  tls: NonNullable<Logins['jmx']['tls']>,
): void {
  const options = ['-Dssl.enable=true'];
  for (const [kind, store] of [
    ['trustStore', tls.truststore] as const,
    ['keyStore', tls.keystore] as const,
  ]) {
    if (!store) continue;
    files.push([kind, store.bytes]);
    options.push(`-Djavax.net.ssl.${kind}=${folderPlaceholder}/${kind}`);
    if (store.password) options.push(`-Djavax.net.ssl.${kind}Password=${store.password}`);
  }
  files.push(['jvm', Buffer.from(options.map(argumentFileLine).join(''))]);
}

/** Argument files take quoted values, with backslash as the escape. */
function argumentFileLine(option: string): string {
  return `"${option.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"\n`;
}

function addCqlshrc(files: Array<readonly [string, Uint8Array]>, cql: Logins['cql']): void {
  const lines: string[] = [];
  if (cql.username && cql.password) {
    // The only place that the cqlsh of 4.0, 4.1 and 5.0 all read. It expands "%" in the name, not in the password.
    const username = cql.username.replaceAll('%', '%%');
    lines.push('[authentication]', `username = ${username}`, `password = ${cql.password}`);
  }
  if (cql.tls) {
    const { ca, cert, key } = cql.tls;
    if (ca) files.push(['check-certificate.py', certificateCheck()]);
    lines.push('[connection]', 'ssl = true', '[ssl]', `validate = ${ca ? 'true' : 'false'}`);
    for (const [option, name, bytes] of [
      ['certfile', 'ca.pem', ca],
      ['usercert', 'cert.pem', cert],
      ['userkey', 'key.pem', key],
    ] as const) {
      if (!bytes) continue;
      files.push([name, bytes]);
      lines.push(`${option} = ${folderPlaceholder}/${name}`);
    }
  }
  files.push(['cqlshrc', Buffer.from(`${lines.join('\n')}\n`)]);
}
