import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { chartDir, findHelm, helm, howToGetHelm } from '../../../scripts/chart/helm.ts';
import type { KubernetesObject } from './kubernetes-object.ts';

/** The values files that every reviewer installs: ci/*-values.yaml. */
export const ciFiles: readonly string[] = readdirSync(join(chartDir, 'ci')).sort();

export const valuesOf = (ciFile: string): string[] => ['--values', join(chartDir, 'ci', ciFile)];

const rendered = new Map<string, readonly KubernetesObject[]>();

/** The objects that `helm template` makes of the chart, in a namespace that is not Cassandra's default one. */
export function renderChart(args: readonly string[]): readonly KubernetesObject[] {
  const key = args.join('\0');
  const known = rendered.get(key);
  if (known) return known;

  const { isSuccess, stdout, stderr } = helm(
    ['template', 'nightly'],
    ['--namespace=backups', '--set', 's3.destination=s3://default/prefix', ...args],
  );
  if (!isSuccess) throw new Error(`helm template failed: ${stderr}`);
  const objects = parseObjects(stdout);
  rendered.set(key, objects);
  return objects;
}

/** Parses a stream of YAML documents; a key that is there twice is an error. */
export function parseObjects(text: string): readonly KubernetesObject[] {
  return parseAllDocuments(text, { uniqueKeys: true }).flatMap((document) => {
    const [problem] = document.errors;
    if (problem) throw problem;
    const value = document.toJS() as KubernetesObject | null;
    return value ? [value] : [];
  });
}

/** For a suite's `before`: skips it, aloud, where there is no helm. */
export function needHelm(this: Mocha.Context): void {
  if (findHelm()) return;
  console.log(`      skipped: ${howToGetHelm}`);
  this.skip();
}
