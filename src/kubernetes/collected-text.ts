import { CainError } from '../errors.ts';

export interface CollectedText {
  /** Throws CAIN_OUTPUT_UNREADABLE when it grows beyond the limit. */
  add(chunk: Uint8Array): void;
  /** All of it, as UTF-8. */
  text(): string;
}

/** Keeps output that is to be parsed: all of it or none, since a gap might not show. */
export function collectedText(limitBytes: number, what: string): CollectedText {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  return {
    add(chunk) {
      bytes += chunk.length;
      if (bytes > limitBytes) {
        throw new CainError('CAIN_OUTPUT_UNREADABLE', `${what} printed more than ${limitBytes} bytes`);
      }
      chunks.push(chunk);
    },
    text: () => Buffer.concat(chunks).toString('utf8'),
  };
}
