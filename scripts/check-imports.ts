/** Fails on import cycles in src/ and on imports that point the wrong way. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cycles, importsOf, wrongArrow } from './import-rules.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => `src/${name}`);

const imports = files.flatMap((file) => importsOf(file, readFileSync(join(root, file), 'utf8')));
const problems = [
  ...cycles(imports).map((cycle) => `Import cycle: ${cycle.join(' -> ')}`),
  ...imports.flatMap((each) => {
    const wrong = wrongArrow(each);
    return wrong === undefined ? [] : [`${each.from} imports ${each.to}: ${wrong}`];
  }),
];

for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
else console.log(`${files.length} files, ${imports.length} imports: no cycle, no arrow the wrong way`);
