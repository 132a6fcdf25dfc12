import type { S3FaultKind, S3FaultProxy } from './s3-fault-proxy.ts';

/** More than any test sends requests for. */
const mostFaults = 500;

/** From now on one put and one get in twenty meets one of these faults in turn. */
export function everyTwentieth(proxy: S3FaultProxy, kinds: readonly S3FaultKind[]): void {
  for (const method of ['PUT', 'GET']) {
    for (let count = 0; count < mostFaults; count++)
      proxy.inject({ kind: kinds[count % kinds.length] as S3FaultKind, method, after: 19 });
  }
}
