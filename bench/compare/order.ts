/**
 * Pure: the order of a turn. Over as many turns as there are items each comes first once, and (of an even number) each
 * comes right after each other once: what one leaves behind, in the page cache say, helps or harms all alike.
 */
export function orderOf<Item>(items: readonly Item[], turn: number): readonly Item[] {
  const { length } = items;
  // 0, last, 1, last but one …: no two neighbours are as far apart as two others.
  const zigzag = items.map((_, place) => (place % 2 === 0 ? place / 2 : length - (place + 1) / 2));
  return zigzag.flatMap((index) => items.slice((index + turn) % length, ((index + turn) % length) + 1));
}
