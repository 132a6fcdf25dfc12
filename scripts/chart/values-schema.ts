import { readFileSync } from 'node:fs';
import { chartSettings } from './chart-settings.ts';

interface ValuesSchema {
  readonly definitions: { readonly settings: { properties: Record<string, unknown> } };
}

/** charts/cain/values.schema.json with the settings that the table has now; the rest is written by hand. */
export function valuesSchema(file: URL): string {
  const schema = JSON.parse(readFileSync(file, 'utf8')) as ValuesSchema;
  schema.definitions.settings.properties = Object.fromEntries(
    chartSettings.map((env) => [env, { $ref: '#/definitions/setting' }]),
  );
  return `${JSON.stringify(schema, null, 2)}\n`;
}
