import { readdirSync, readFileSync } from 'node:fs';
import { chartSettings } from './chart-settings.ts';

interface ValuesSchema {
  readonly properties: {
    readonly metrics: {
      readonly properties: {
        readonly prometheusRule: {
          readonly properties: { readonly excludeRules: { items: { readonly enum: readonly string[] } } };
        };
      };
    };
  };
  readonly definitions: { readonly settings: { properties: Record<string, unknown> } };
}

/** charts/cain/values.schema.json with the settings and the alerts that there are now; the rest is written by hand. */
export function valuesSchema(file: URL): string {
  const schema = JSON.parse(readFileSync(file, 'utf8')) as ValuesSchema;
  schema.definitions.settings.properties = Object.fromEntries(
    chartSettings.map((env) => [env, { $ref: '#/definitions/setting' }]),
  );
  const alerts = readdirSync(new URL('alerts/', file)).map((name) => name.replace(/\.yaml$/, ''));
  schema.properties.metrics.properties.prometheusRule.properties.excludeRules.items = { enum: alerts.sort() };
  return `${JSON.stringify(schema, null, 2)}\n`;
}
