import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The one in the PATH, and the oldest that fits: pyenv keeps several. */
export function pythons(): readonly string[] {
  const versions = join(homedir(), '.pyenv', 'versions');
  let others: string[] = [];
  try {
    others = readdirSync(versions).filter((name) => /^3\.([6-9]|\d\d)\.\d+$/.test(name));
  } catch {
    // No pyenv.
  }
  const [oldest] = others.toSorted((a, b) => minor(a) - minor(b));
  return ['python3', ...(oldest === undefined ? [] : [join(versions, oldest, 'bin', 'python3')])];
}

function minor(version: string): number {
  return Number(version.split('.')[1]);
}
