import { CainError } from '../errors.ts';

/** How a keyspace is replicated. */
export type Replication =
  /** The next nodes around the ring, wherever they are. */
  | { readonly strategy: 'SimpleStrategy'; readonly replicationFactor: number }
  /** So many in each data centre, spread over its racks. */
  | {
      readonly strategy: 'NetworkTopologyStrategy';
      readonly replicationFactors: Readonly<Record<string, number>>;
    }
  /** Every node; of DataStax Enterprise, and of clusters that came from there. */
  | { readonly strategy: 'EverywhereStrategy' }
  /** Each node keeps its own rows, which belong to no range: system and system_schema. */
  | { readonly strategy: 'LocalStrategy' };

/**
 * Reads the column `replication` of system_schema.keyspaces. Throws CAIN_PREFLIGHT for strategies that Cain
 * can't restore, CAIN_OUTPUT_UNREADABLE for what no Cassandra would store.
 */
export function parseReplication(keyspace: string, row: Readonly<Record<string, string>>): Replication {
  const { class: className = '', ...options } = row;
  const strategy = className.slice(className.lastIndexOf('.') + 1);
  switch (strategy) {
    case 'SimpleStrategy':
      return { strategy, replicationFactor: factorOf(keyspace, options.replication_factor ?? '') };
    case 'NetworkTopologyStrategy': {
      const factors = Object.entries(options).map(([dataCenter, text]) => [
        dataCenter,
        factorOf(keyspace, text),
      ]);
      return { strategy, replicationFactors: Object.fromEntries(factors) };
    }
    case 'EverywhereStrategy':
    case 'LocalStrategy':
      return { strategy };
    default:
      throw new CainError(
        'CAIN_PREFLIGHT',
        `Keyspace ${keyspace} has the unknown replication strategy ${className}`,
        {
          hint: 'Leave the keyspace out (CAIN_KEYSPACE), or replicate it with NetworkTopologyStrategy.',
        },
      );
  }
}

function factorOf(keyspace: string, text: string): number {
  if (text.includes('/')) {
    throw new CainError('CAIN_PREFLIGHT', `Keyspace ${keyspace} has transient replication (${text})`, {
      hint: 'Cain does not support this experimental feature: leave the keyspace out (CAIN_KEYSPACE).',
    });
  }
  if (!/^\d{1,6}$/.test(text)) {
    throw new CainError(
      'CAIN_OUTPUT_UNREADABLE',
      `Keyspace ${keyspace} has the replication factor "${text}"`,
    );
  }
  return Number(text);
}
