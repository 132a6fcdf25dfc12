import type { RestorePlan } from './restore-plan.ts';
import { allTables } from './restore-plan.ts';

/** A report names so many tables at most. */
const mostNamed = 20;

/** Pure. What the backup holds and the restore left out, and why. */
export function skippedLines(
  { manifest, groups }: Pick<RestorePlan, 'manifest' | 'groups'>,
  hasRoles: boolean,
): readonly string[] {
  const restored = new Set(allTables(groups).map(({ original }) => original));
  const rebuilt = new Set(
    groups.flatMap(({ rebuiltViews = [] }) =>
      rebuiltViews.map(({ keyspace, view }) => `${keyspace}.${view}`),
    ),
  );
  const others = manifest.keyspaces
    .flatMap(({ name, tables }) => tables.map((table) => `${name}.${table.name}`))
    .filter((name) => !restored.has(name) && !rebuilt.has(name))
    .toSorted();
  const named = others.slice(0, mostNamed).join(', ');
  const more = others.length > mostNamed ? ` and ${others.length - mostNamed} more` : '';
  return [
    ...(rebuilt.size > 0 ? [`Built anew from their tables: ${[...rebuilt].join(', ')}`] : []),
    ...(others.length > 0 ? [`Skipped, since they were not asked for: ${named}${more}`] : []),
    ...(manifest.roles && !hasRoles
      ? ['Skipped: roles and permissions, which the backup holds too (CAIN_RESTORE_ROLES=true).']
      : []),
  ];
}
