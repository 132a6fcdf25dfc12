import { crc32 } from 'node:zlib';
import { CainError } from '../../errors.ts';
import { retry } from '../../retry.ts';
import { isMissing } from '../../store/unreadable.ts';
import type { Fault } from './findings.ts';
import type { VerifyRun } from './verify-run.ts';

/** An object that an inventory names, and what its bytes must be. */
export interface ExpectedObject {
  readonly key: string;
  readonly sizeBytes: number;
  readonly crc32: number;
  readonly etag: string;
  readonly versionId?: string | undefined;
}

export type LookUp =
  | { readonly kind: 'fault'; readonly fault: Fault }
  /** Size and CRC-32 are right. */
  | { readonly kind: 'right'; readonly isRewritten: boolean }
  /** Size and ETag are right; the server keeps no CRC-32. */
  | { readonly kind: 'same' }
  /** Only its bytes can tell. */
  | { readonly kind: 'doubtful' };

const missing: Fault = { kind: 'missing', what: 'is missing' };

export function sizeFault(expected: ExpectedObject, foundBytes: number): Fault {
  return { kind: 'size', what: `has ${foundBytes} bytes, the inventory says ${expected.sizeBytes}` };
}

/** Asks for size, ETag and the CRC-32 that the server computed when it was stored. */
export async function lookUpObject(
  { store, signal, retries }: VerifyRun,
  expected: ExpectedObject,
): Promise<LookUp> {
  const head = await retry(() => store.head(expected.key, { signal }), { retries, signal });
  if (!head) return { kind: 'fault', fault: missing };
  if (head.sizeBytes !== expected.sizeBytes) {
    return { kind: 'fault', fault: sizeFault(expected, head.sizeBytes) };
  }
  const isSame = head.etag === expected.etag;
  if (head.crc32 === undefined) return { kind: isSame ? 'same' : 'doubtful' };
  return head.crc32 === expected.crc32 ? { kind: 'right', isRewritten: !isSame } : { kind: 'doubtful' };
}

/** Reads every byte; undefined = they are right. Wrong ones are read again: the way here may be to blame. */
export async function readFault(
  run: VerifyRun,
  expected: ExpectedObject,
  onBytes: (bytes: number) => void,
): Promise<Fault | undefined> {
  const { retries, signal } = run;
  let fault: Fault | undefined;
  for (let attempt = 1; attempt <= 2; attempt++) {
    fault = await retry(() => readOnce(run, expected, onBytes), { retries, signal });
    if (fault?.kind !== 'bytes') return fault;
  }
  return fault;
}

async function readOnce(
  { store, signal }: VerifyRun,
  { key, ...expected }: ExpectedObject,
  onBytes: (bytes: number) => void,
): Promise<Fault | undefined> {
  let crc = 0;
  try {
    const object = await store.get(key, { signal });
    if (object.sizeBytes !== expected.sizeBytes) {
      object.body.destroy();
      return sizeFault({ key, ...expected }, object.sizeBytes);
    }
    for await (const chunk of object.body) {
      crc = crc32(chunk, crc);
      onBytes(chunk.length);
    }
  } catch (error) {
    if (isMissing(error)) return missing;
    if (error instanceof CainError && error.code === 'CAIN_STORE_CHECKSUM') {
      return { kind: 'bytes', what: 'has other bytes than were stored' };
    }
    throw error;
  }
  if (crc === expected.crc32) return undefined;
  return { kind: 'bytes', what: `has CRC-32 ${crc}, the inventory says ${expected.crc32}` };
}
