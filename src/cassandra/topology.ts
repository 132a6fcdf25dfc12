import { CainError } from '../errors.ts';

/** A member of the ring, as system.local and system.peers_v2 tell it. */
export interface RingNode {
  readonly hostId: string;
  readonly address: string;
  readonly dataCenter: string;
  readonly rack: string;
  /** As the partitioner writes them: Murmur3's and Random's are decimal. */
  readonly tokens: readonly string[];
}

export interface TokenRing {
  /** The class, with or without its package. */
  readonly partitioner: string;
  readonly nodes: readonly RingNode[];
}

/** A token and its owner. */
export interface RingPosition {
  readonly token: string;
  readonly node: RingNode;
}

/** All tokens in the partitioner's order. Throws CAIN_NODE_DOWN when one has two owners. */
export function ringPositions({ partitioner, nodes }: TokenRing): readonly RingPosition[] {
  const owned = nodes.flatMap((node) => node.tokens.map((token) => ({ token, node })));
  const positions = inTokenOrder(partitioner, owned, ({ token }) => token);
  for (const [index, { token, node }] of positions.entries()) {
    const next = positions[index + 1];
    if (next?.token !== token) continue;
    const addresses = `${node.address} and ${next.node.address}`;
    throw new CainError('CAIN_NODE_DOWN', `Nodes ${addresses} both own the token ${token}`, {
      hint: 'A node is being replaced: wait until that is over.',
      retryable: true,
    });
  }
  return positions;
}

/** By the token of each, smallest first. Murmur3's and Random's are numbers; ByteOrdered's hex digits and the others' text stand in their own order. */
export function inTokenOrder<Item>(
  partitioner: string,
  items: readonly Item[],
  tokenOf: (item: Item) => string,
): readonly Item[] {
  const isNumeric = /(?:^|\.)(?:Murmur3|Random)Partitioner$/.test(partitioner);
  return isNumeric ? sortBy(items, (item) => BigInt(tokenOf(item))) : sortBy(items, tokenOf);
}

function sortBy<Item, Key extends string | bigint>(
  items: readonly Item[],
  keyOf: (item: Item) => Key,
): readonly Item[] {
  return items
    .map((item) => ({ item, key: keyOf(item) }))
    .sort((left, right) => (left.key < right.key ? -1 : left.key > right.key ? 1 : 0))
    .map(({ item }) => item);
}
