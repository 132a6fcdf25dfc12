import { backupsPrefix, damagedPrefix, expiredPrefix, parseDataKey, runsPrefix } from './layout.ts';
import { isTag, tagLength } from './tag.ts';

const controlPrefixes = [backupsPrefix, runsPrefix, expiredPrefix, damagedPrefix];

/** The tag of a data key (the original's have the same form) or of a control record; undefined = no key of that form. */
export function tagOfOurKey(key: string): string | undefined {
  const tag = tagOfControlKey(key) ?? tagOfDataKey(key);
  return tag !== undefined && isTag(tag) ? tag : undefined;
}

function tagOfControlKey(key: string): string | undefined {
  const prefix = controlPrefixes.find((known) => key.startsWith(known));
  if (prefix === undefined) return undefined;
  const rest = key.slice(prefix.length);
  return /^[/.]/.test(rest.slice(tagLength)) ? rest.slice(0, tagLength) : undefined;
}

function tagOfDataKey(key: string): string | undefined {
  const parts = parseDataKey(key);
  return parts && isDataLocation(parts) ? parts.tag : undefined;
}

/** Whether these can be the first three parts of a data key. What a record names is checked before anything is deleted by it. */
export function isDataLocation({
  keyspace,
  sum,
  tag,
}: {
  keyspace: string;
  sum: string;
  tag: string;
}): boolean {
  return /^\w+$/.test(keyspace) && /^[0-9a-f]{6}$/.test(sum) && isTag(tag);
}
