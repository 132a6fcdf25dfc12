import { readFileSync } from 'node:fs';

/** Joined in this order; they lie beside this file, and beside the bundle. */
const parts = ['quick-jmx.py', 'quick-nodetool.py'] as const;

/** The Python program that does in a script what nodetool would; see there. */
export function quickNodetool(): Uint8Array {
  return Buffer.concat(parts.map((name) => readFileSync(new URL(`./${name}`, import.meta.url))));
}
