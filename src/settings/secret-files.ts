import type { CommandName } from '../command-names.ts';
import type { Given } from './given.ts';
import { secretFileEnv } from './setting.ts';
import { settingRows } from './table.ts';

/** The text of a file in Cain's own container; throws as node:fs does. */
export type ReadFile = (path: string) => string;

/** "ENOENT", never the message: it is ours to say which variable names the file. */
export function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
}

/**
 * Puts the secrets that lie in mounted files in the place of their `_FILE` variables. One newline at the end
 * is dropped: editors and `echo` leave it. Files that this command has no use for are not read.
 */
export function readSecretFiles(
  command: CommandName,
  given: ReadonlyMap<string, Given>,
  readFile: ReadFile,
): { given: Map<string, Given>; problems: string[] } {
  const result = new Map(given);
  const problems: string[] = [];
  for (const [, row] of settingRows) {
    const path = given.get(secretFileEnv(row));
    if (!row.kind.isSecret || !path) continue;

    result.delete(secretFileEnv(row));
    const direct = given.get(row.env);
    if (direct) problems.push(`${direct.source} and ${path.source} are both given; give one of them`);
    else if (row.usedBy.includes(command)) {
      try {
        const text = readFile(path.text).replace(/\r?\n$/, '');
        if (text === '') problems.push(`${path.source} names an empty file`);
        else result.set(row.env, { text, source: path.source });
      } catch (error) {
        problems.push(`${path.source} names a file that can't be read (${reasonOf(error)})`);
      }
    }
  }
  return { given: result, problems };
}
