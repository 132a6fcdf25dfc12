import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runOrFail } from '../../embedded/run-program.ts';
import { nodeAddress, nodeName, serviceAddress } from './addresses.ts';

const serverExtensions = `extendedKeyUsage=serverAuth
subjectAltName=DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,DNS:localhost,DNS:${nodeName},IP:127.0.0.1,IP:${serviceAddress},IP:${nodeAddress}
`;

/**
 * One authority, one certificate for whoever serves, one of an administrator for whoever asks: what is tested are the
 * rights of service accounts, not those of Kubernetes' own parts.
 */
export async function createCertificates(dir: string): Promise<void> {
  await mkdir(dir);
  const openssl = (...args: string[]) => runOrFail(['openssl', ...args], { cwd: dir });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const days = ['-days', '2'];

  await openssl('req', '-x509', ...newKey, ...days, '-subj', '/CN=ca', '-keyout', 'ca.key', '-out', 'ca.crt');
  const certificates = [
    { name: 'server', subject: `/O=system:nodes/CN=${nodeName}`, extensions: serverExtensions },
    { name: 'admin', subject: '/O=system:masters/CN=admin', extensions: 'extendedKeyUsage=clientAuth\n' },
  ];
  for (const { name, subject, extensions } of certificates) {
    const [key, request, file] = [`${name}.key`, `${name}.csr`, `${name}.ext`];
    await openssl('req', ...newKey, '-subj', subject, '-keyout', key, '-out', request);
    await writeFile(join(dir, file), extensions);
    const authority = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial'];
    await openssl(
      ...['x509', '-req', '-in', request, ...authority, ...days],
      ...['-extfile', file, '-out', `${name}.crt`],
    );
  }
  await openssl('genrsa', '-out', 'service-accounts.key', '2048');
  await openssl('rsa', '-in', 'service-accounts.key', '-pubout', '-out', 'service-accounts.pub');
}
