import type { S3FaultKind } from '../support/s3-fault-proxy.ts';
import type { S3RequestKind } from '../support/s3-request-kind.ts';

/** Every kind of request that a backup sends, uploads that it has to give up included. */
export const requestKinds = [
  'bucket',
  'list',
  'list-uploads',
  'get',
  'head',
  'put',
  'conditional-put',
  'manifest-put',
  'create-upload',
  'part',
  'complete',
  'delete-objects',
] as const satisfies readonly S3RequestKind[];

/** Happen once; what becomes of the run is in the table. */
export const passingFaults = [
  'server-error',
  'error-after',
  'slow-down',
  'reset',
  'lose-answer',
  'stall',
  'slow',
  'forbidden',
  'expired-credentials',
  'clock-refused',
] as const satisfies readonly S3FaultKind[];

const bodyFaults = ['cut-request', 'damage-request'] as const satisfies readonly S3FaultKind[];
const answerFaults = [
  'damage-response',
  'shorten-response',
  'reset-mid-response',
  'stall-mid-response',
] as const satisfies readonly S3FaultKind[];

/** Never end, from the first request of the kind on. */
export const lastingFaults = [
  'server-error',
  'slow-down',
  'reset',
  'forbidden',
  'expired-credentials',
] as const satisfies readonly S3FaultKind[];

export interface StoreFaultCase {
  readonly request: S3RequestKind;
  readonly kind: S3FaultKind;
  readonly lasts: boolean;
  /** Of `stale-list`: only the backup before this one is missing, what this run writes is listed. */
  readonly isOwnListed?: true;
}

const withBody: ReadonlySet<S3RequestKind> = new Set([
  'put',
  'conditional-put',
  'manifest-put',
  'part',
  'complete',
  'delete-objects',
]);
const withAnswer: ReadonlySet<S3RequestKind> = new Set([
  'list',
  'list-uploads',
  'get',
  'create-upload',
  'complete',
  'delete-objects',
]);

export function storeFaultCases(): readonly StoreFaultCase[] {
  return requestKinds.flatMap((request) => [
    ...passingFaults.map((kind) => ({ request, kind, lasts: false })),
    ...(withBody.has(request) ? bodyFaults : []).map((kind) => ({ request, kind, lasts: false })),
    ...(withAnswer.has(request) ? answerFaults : []).map((kind) => ({ request, kind, lasts: false })),
    ...(request === 'list'
      ? [
          { request, kind: 'stale-list' as const, lasts: true },
          { request, kind: 'stale-list' as const, lasts: true, isOwnListed: true as const },
        ]
      : []),
    ...lastingFaults.map((kind) => ({ request, kind, lasts: true })),
  ]);
}
