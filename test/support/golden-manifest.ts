import { readFileSync } from 'node:fs';
import { type Manifest, manifestBytes, parseManifest } from '../../src/store/manifest.ts';

const text = readFileSync(new URL('../fixtures/manifest-1.json', import.meta.url), 'utf8');

/** The manifest of the golden file as that of another tag. */
export function goldenManifest(tag: string): Manifest {
  return parseManifest(Buffer.from(text.replaceAll('20260101020000', tag)), 'fixture') as Manifest;
}

/** The same backup under another tag: the keys of its records are that tag's too. */
export function withTag(manifest: Manifest, tag: string): Manifest {
  const bytes = Buffer.from(manifestBytes(manifest)).toString();
  return JSON.parse(bytes.replaceAll(manifest.tag, tag)) as Manifest;
}
