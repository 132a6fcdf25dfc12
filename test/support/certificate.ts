import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runOrFail } from './embedded/run-program.ts';

export interface Certificate {
  /** PEM. */
  readonly key: string;
  readonly cert: string;
  readonly keyFile: string;
  readonly certFile: string;
}

/** For 127.0.0.1; it signs itself, and so is its own authority. */
export async function createCertificate(
  dir: string,
  names: { readonly key: string; readonly cert: string } = { key: 'key.pem', cert: 'cert.pem' },
): Promise<Certificate> {
  const [keyFile, certFile] = [join(dir, names.key), join(dir, names.cert)];
  await runOrFail([
    ...['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-days', '1', '-subj', '/CN=cain-test', '-addext', 'subjectAltName=IP:127.0.0.1'],
    ...['-keyout', keyFile, '-out', certFile],
  ]);
  return {
    key: await readFile(keyFile, 'utf8'),
    cert: await readFile(certFile, 'utf8'),
    keyFile,
    certFile,
  };
}
