import { readFileSync } from 'node:fs';

/** The environment that the Dockerfile gives to Cain, for what runs it outside of the image. */
export function imageEnv(): Readonly<Record<string, string>> {
  const text = readFileSync(new URL('../../Dockerfile', import.meta.url), 'utf8');
  return Object.fromEntries(
    [...text.matchAll(/^ENV (\w+)=(\S+)$/gm)].map(([, name = '', value = '']) => [name, value]),
  );
}
