import { readFileSync } from 'node:fs';

/** The Python program that does in a script what nodetool would; see there. */
export function quickNodetool(): Uint8Array {
  return readFileSync(new URL('./quick-nodetool.py', import.meta.url));
}
