import { readFileSync } from 'node:fs';

/** The Python program that a script runs before it lets cqlsh log in; see there. */
export function certificateCheck(): Uint8Array {
  return readFileSync(new URL('./check-certificate.py', import.meta.url));
}
