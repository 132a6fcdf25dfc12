import { readFileSync } from 'node:fs';
import { generatedNote, markdownTable } from '../docs/table.ts';
import { describeValues } from './describe-values.ts';

const place = '<!-- values -->';

/** charts/cain/README.md: its template, with the table of values made from the comments in values.yaml. */
export function chartReadme(chart: URL): string {
  const template = readFileSync(new URL('README.template.md', chart), 'utf8');
  if (!template.includes(place)) throw new Error(`README.template.md lacks the line ${place}`);
  const rows = describeValues(readFileSync(new URL('values.yaml', chart), 'utf8')).map(
    ({ path, value, about, isGroup }) => [`\`${path}\``, isGroup ? '' : `\`${value}\``, about],
  );
  const table = markdownTable(['Value', 'Default', 'Meaning'], rows).join('\n');
  return `${generatedNote}\n\n${template.replace(place, () => table)}`;
}
