import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import type { Settings } from '../settings/table.ts';
import { isEncrypted } from '../store/s3-options.ts';
import type { AgentConfig } from '../transfer/agent-session.ts';

/** How the program in a pod speaks to the store. The official images hold no certificates: all travel with it. */
export function agentConfigOf(settings: Settings): AgentConfig {
  const endpoint = settings.s3PodEndpoint ?? settings.s3Endpoint;
  const certificates = settings.s3CaFile === undefined ? [] : [readFileSync(settings.s3CaFile, 'utf8')];
  return {
    threads: settings.parallel,
    retries: settings.retries,
    timeout: Math.ceil(settings.storeTimeoutMs / 1000),
    bytesPerSecond: settings.bandwidthLimitBytes,
    ...(settings.s3PodProxy === undefined ? {} : { proxy: settings.s3PodProxy }),
    ...(isEncrypted({ endpoint, noSsl: settings.s3NoSsl })
      ? { ca: [...rootCertificates, ...certificates].join('\n') }
      : {}),
  };
}
