import type { S3FaultKind } from '../support/s3-fault-proxy.ts';
import type { S3RequestKind } from '../support/s3-request-kind.ts';

export interface PruneFaultCase {
  readonly request: S3RequestKind;
  readonly kind: S3FaultKind;
  readonly lasts: boolean;
  /** The store takes no DeleteObjects, so that each object is deleted by a request of its own. */
  readonly isUnbatched?: true;
}

/** Every kind of request that a prune sends which has something to expire, to sweep and to abort. */
const pruneRequests = [
  'list',
  'list-uploads',
  'get',
  'conditional-put',
  'delete-objects',
  'abort',
  'delete',
] as const satisfies readonly S3RequestKind[];

const verifyRequests = ['list', 'get', 'head'] as const satisfies readonly S3RequestKind[];

const once = [
  'server-error',
  'error-after',
  'slow-down',
  'reset',
  'lose-answer',
  'stall',
  'forbidden',
] as const;
const ofAnswers = [
  'damage-response',
  'shorten-response',
  'reset-mid-response',
  'stall-mid-response',
] as const;
const lasting = ['server-error', 'slow-down', 'reset', 'forbidden', 'expired-credentials'] as const;

function casesOf(request: S3RequestKind): readonly PruneFaultCase[] {
  const extra = request === 'delete' ? { isUnbatched: true as const } : {};
  const hasAnswer = !['abort', 'delete', 'head', 'conditional-put'].includes(request);
  return [
    ...[...once, ...(hasAnswer ? ofAnswers : [])].map((kind) => ({ request, kind, lasts: false, ...extra })),
    ...lasting.map((kind) => ({ request, kind, lasts: true, ...extra })),
  ];
}

export const pruneFaultCases: readonly PruneFaultCase[] = [
  ...pruneRequests.flatMap(casesOf),
  { request: 'list', kind: 'stale-list', lasts: true },
];

export const verifyFaultCases: readonly PruneFaultCase[] = verifyRequests.flatMap(casesOf);

/** Of answers whose bytes are wrong: who reads them alone can't tell them from damage in the store. */
export const damagingKinds: ReadonlySet<S3FaultKind> = new Set(['damage-response', 'shorten-response']);
