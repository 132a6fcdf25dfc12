import { suggestion } from './closest.ts';
import { formerSettings } from './former-settings.ts';
import { moveFormerValues } from './former-values.ts';
import type { Given, Layer } from './given.ts';
import { isServiceLink } from './service-links.ts';
import { secretFileEnv } from './setting.ts';
import { settingRows } from './table.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const secretNames = new Set([
  ...settingRows.filter(([, row]) => row.kind.isSecret).map(([, row]) => row.env),
  ...formerSettings.filter((former) => former.isSecret).map((former) => former.env),
]);

const fileNames = settingRows.filter(([, row]) => row.kind.isSecret).map(([, row]) => secretFileEnv(row));

const currentNames = [...settingRows.map(([, row]) => row.env), ...fileNames];

const knownNames = new Set([...currentNames, ...formerSettings.map((former) => former.env)]);

/** Every setting in the environment. Empty means unset: charts render many an empty variable. */
export function readEnvironment(env: Environment): Layer {
  const given = new Map<string, Given>();
  const problems: string[] = [];

  for (const [name, value = ''] of Object.entries(env)) {
    const text = secretNames.has(name) ? value : value.trim();
    if (text === '' || isServiceLink(name, text)) continue;

    if (knownNames.has(name)) given.set(name, { text, source: name });
    else if (name.startsWith('CAIN_')) {
      problems.push(`${name} is unknown${suggestion(name, currentNames)}`);
    }
  }

  return { ...moveFormerValues(given), problems };
}
