/**
 * Finds items of a list that never changes, by a key. The list is sorted out once: a schema of ten thousand tables is asked
 * for each of them, several times.
 */
export function finderBy<Item>(
  keyOf: (item: Item) => string | undefined,
): (items: readonly Item[], key: string) => readonly Item[] {
  const known = new WeakMap<readonly Item[], ReadonlyMap<string, readonly Item[]>>();
  return (items, key) => {
    const groups = known.get(items) ?? groupBy(items, keyOf);
    known.set(items, groups);
    return groups.get(key) ?? [];
  };
}

function groupBy<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string | undefined,
): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
