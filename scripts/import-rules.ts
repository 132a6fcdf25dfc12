/** Which imports src/ may not have. Pure: the files come in as texts. */

export interface SourceImport {
  readonly from: string;
  readonly to: string;
  /** `import type`: gone at run time, and allowed across siblings. */
  readonly isType: boolean;
}

const importPattern = /^(?:import|export)\s+(type\s)?[^'"]*?from\s+'(\.[^']+)'|\bimport\('(\.[^']+)'\)/gm;

/** The imports of one file of ours, by path from the root: `src/main.ts`. */
export function importsOf(path: string, text: string): SourceImport[] {
  return [...text.matchAll(importPattern)].map(([, type, staticTarget, dynamicTarget]) => ({
    from: path,
    to: new URL(staticTarget ?? dynamicTarget ?? '', `file:///${path}`).pathname.slice(1),
    isType: type !== undefined,
  }));
}

/** Siblings meet in a command, not in each other. But retention lives on what lies in the store. */
const siblings = ['store', 'cassandra', 'transfer', 'retention', 'metrics'];
const allowed = new Set(['retention -> store']);

const directoryOf = (path: string) => /^src\/([^/]+)\//.exec(path)?.[1];

/** What is wrong with an import, or undefined. */
export function wrongArrow({ from, to, isType }: SourceImport): string | undefined {
  const [source, target] = [directoryOf(from), directoryOf(to)];
  if (target === undefined || source === target) return undefined;

  // Types only: run.ts holds what a command is given.
  if (target === 'commands' && from !== 'src/main.ts' && !isType)
    return 'nothing imports commands but main.ts';
  if (isType) return undefined;
  if (source !== undefined && siblings.includes(source) && siblings.includes(target)) {
    if (allowed.has(`${source} -> ${target}`)) return undefined;
    return `${source} and ${target} are siblings: they meet in a command`;
  }
  if (source === 'kubernetes' && siblings.includes(target)) return `kubernetes knows nothing of ${target}`;
  return undefined;
}

/** Each cycle among the imports that exist at run time, as the files on it. */
export function cycles(imports: readonly SourceImport[]): string[][] {
  const targets = new Map<string, string[]>();
  for (const { from, to, isType } of imports) {
    if (!isType) targets.set(from, [...(targets.get(from) ?? []), to]);
  }

  const found: string[][] = [];
  const finished = new Set<string>();
  function visit(file: string, path: readonly string[]): void {
    const start = path.indexOf(file);
    if (start >= 0) found.push([...path.slice(start), file]);
    if (start >= 0 || finished.has(file)) return;

    for (const target of targets.get(file) ?? []) visit(target, [...path, file]);
    finished.add(file);
  }
  for (const file of targets.keys()) visit(file, []);
  return found;
}
