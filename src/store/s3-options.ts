import type { Logger } from '../log.ts';
import type { LockPolicy } from './object-lock.ts';

export interface S3StoreOptions {
  readonly bucket: string;
  /** '' or ends with "/". */
  readonly prefix: string;
  /** URL, or host and port, of a server other than AWS. */
  readonly endpoint?: string | undefined;
  /** The same server as pods reach it, where that is another address; default: `endpoint`. */
  readonly podEndpoint?: string | undefined;
  readonly region: string;
  /** The bucket in the path and not in the host name: what servers other than AWS mostly want. */
  readonly forcePathStyle?: boolean | undefined;
  /** Plain http where the endpoint names no scheme. */
  readonly noSsl?: boolean | undefined;
  /** PEM text of certificates to trust beside the usual ones. */
  readonly caFile?: string | undefined;
  /** Of data objects only; what every run must read at once stays in the standard class. */
  readonly storageClass?: string | undefined;
  readonly sse?: string | undefined;
  readonly sseKmsKeyId?: string | undefined;
  /** SSE-C: 32 bytes in base64, sent with every request for an object's bytes. Nothing is signed for others then. */
  readonly sseCustomerKey?: string | undefined;
  /** Of every object that is put. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** Object Lock of what backups consist of. */
  readonly lock?: LockPolicy | undefined;
  /** How long a connection may be silent while we wait for it. */
  readonly timeoutMs: number;
  readonly maxSockets: number;
  /** Repetitions of a request that failed in a way that may pass. */
  readonly retries: number;
  /**
   * Leaves bodies out of the signature, which spares a SHA-256 of every byte. Default: over https, where TLS guards
   * the bytes. Over plain http the signature is the only guard against a forger (CRC-32 finds damage alone).
   */
  readonly unsignedPayload?: boolean | undefined;
  readonly log?: Logger | undefined;
}

type EndpointOptions = Pick<S3StoreOptions, 'endpoint' | 'noSsl'>;

/** The endpoint as a URL; undefined = AWS. A scheme that is written out wins over `noSsl`, as in the original. */
export function endpointUrl({ endpoint, noSsl }: EndpointOptions): string | undefined {
  if (!endpoint) return undefined;
  if (/^https?:\/\//i.test(endpoint)) return endpoint;
  return `${noSsl ? 'http' : 'https'}://${endpoint}`;
}

/** Whether TLS guards the bytes on their way. */
export function isEncrypted(options: EndpointOptions): boolean {
  const url = endpointUrl(options);
  return url === undefined ? !options.noSsl : /^https:/i.test(url);
}
