import type { Store } from '../store/store.ts';
import { askCluster } from './ask-cluster.ts';
import { openClusterStore, openSourceStore } from './cluster-store.ts';
import type { CommandContext } from './context.ts';
import { findOriginals } from './list/find-originals.ts';
import { holdsAnyOf } from './list/holds-any-of.ts';
import { jsonListing } from './list/json-listing.ts';
import { readListing } from './list/read-listing.ts';
import { textListing } from './list/text-listing.ts';
import { unreadableError } from './list/unreadable-error.ts';
import { openClusterAccess } from './session.ts';

/**
 * Prints the backups of a cluster, of all plans, oldest first; with CAIN_KEYSPACE only those that hold one of these
 * keyspaces. A manifest that can't be read is shown with the reason and fails the command at its end.
 */
export async function list(context: CommandContext): Promise<void> {
  const { settings, signal, print } = context;
  const store = openSourceStore(context) ?? (await openOwnStore(context));
  try {
    const { backups, unreadable, knownTags } = await readListing(store, signal);
    const originals = await findOriginals(store, knownTags, signal);
    const listing = {
      backups: backups.filter(({ manifest }) => holdsAnyOf(manifest.keyspaces, settings.keyspaces)),
      unreadable,
      originals: originals.filter(({ keyspaces }) => holdsAnyOf(keyspaces, settings.keyspaces)),
    };
    if (settings.output === 'json') print(jsonListing(listing));
    else for (const line of textListing(store.location, listing)) print(line);
    const error = unreadableError(unreadable);
    if (error) throw error;
  } finally {
    store.close();
  }
}

async function openOwnStore(context: CommandContext): Promise<Store> {
  const { probe } = await askCluster(openClusterAccess(context), context.signal);
  return openClusterStore(context, probe.clusterName);
}
