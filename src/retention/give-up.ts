import { expiredKey } from '../store/layout.ts';

/**
 * The way out where something of a backup is lost for good: an expiry record put by hand. Without keyspaces a sweep
 * deletes none of its objects, so a slip costs room and no data; docs/format.md says how they go too.
 */
export function giveUpHint(tag: string, plan: string): string {
  const record = JSON.stringify({ format: 1, tag, plan, keyspaces: [], nodes: [] });
  return `If it is lost for good, give backup ${tag} up: put ${record} at ${expiredKey(tag)}, once a newer backup of plan ${plan} exists.`;
}
