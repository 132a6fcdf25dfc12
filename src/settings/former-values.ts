import { formerSettings } from './former-settings.ts';
import type { Given } from './given.ts';

/**
 * Moves the values of renamed settings of one layer to their new names, where those are not given
 * themselves, drops those of settings that are gone, and warns of both.
 */
export function moveFormerValues(given: ReadonlyMap<string, Given>): {
  given: Map<string, Given>;
  warnings: string[];
} {
  const moved = new Map(given);
  const warnings: string[] = [];
  for (const { env, replacedBy, why } of formerSettings) {
    const value = moved.get(env);
    if (!value) continue;

    warnings.push(`${value.source} is obsolete: ${why}`);
    moved.delete(env);
    if (replacedBy !== undefined && !moved.has(replacedBy)) moved.set(replacedBy, value);
  }
  return { given: moved, warnings };
}
