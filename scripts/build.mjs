/**
 * Bundles Cain into dist/cain.js and the chunks beside it, which run on Node without node_modules. A command's chunk is
 * read when it runs: `--help` does not wait for megabytes of API clients to be parsed.
 */
import { chmodSync, copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const bundle = join(dist, 'cain.js');

rmSync(dist, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: { cain: 'src/main.ts' },
  outdir: dist,
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  // CommonJS packages inside an ES module still call require() for Node's own modules.
  banner: {
    js: [
      "import { createRequire as createRequireForBundle } from 'node:module';",
      'const require = createRequireForBundle(import.meta.url);',
    ].join('\n'),
  },
  // Readable stacks matter more than size.
  minify: false,
  legalComments: 'external',
  logLevel: 'warning',
});
// Not by the banner: every chunk would have it, too.
writeFileSync(bundle, `#!/usr/bin/env node\n${readFileSync(bundle, 'utf8')}`);
chmodSync(bundle, 0o755);

// Programs that Cain sends into containers lie beside the chunks, where `new URL('./agent.py', import.meta.url)` finds them.
for (const name of readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })) {
  if (name.endsWith('.py')) copyFileSync(join(root, 'src', name), join(dist, basename(name)));
}
